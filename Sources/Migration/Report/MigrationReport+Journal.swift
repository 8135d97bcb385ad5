package import Foundation

extension MigrationReport {
    /// What the journal tells; the lists are cut at what a page takes.
    package static func make(
        of journal: MigrationJournal,
        outcome: String,
        at time: Date = Date()
    ) async throws(MigrationError) -> MigrationReport {
        var report = MigrationReport(
            source: journal.source,
            target: journal.target,
            madeAt: time,
            outcome: outcome,
            totals: try await journal.totals()
        )
        report.kinds = try await kinds(of: journal)
        let proofs = try await journal.proofs()
        report.verifications = MigrationProof.allCases.compactMap { proof in
            proofs[proof].map { Share(name: proof.title, amount: $0) }
        }
        report.stretches = try await journal.speed(buckets: 120)
            .map { speed in
                Stretch(
                    begin: speed.start,
                    seconds: speed.end.timeIntervalSince(speed.start),
                    amount: speed.amount
                )
            }
        report.failures = try await journal.failures(limit: ReportPage.mostRows).map(Failure.init)
        let noted = try await journal.complaints()
        report.complaints = noted.first + noted.remarks
        report.complaintCount = noted.count + noted.remarkCount
        return report
    }

    /// Sums what arrived up by kind, in pages: memory does not grow with the journal.
    private static func kinds(of journal: MigrationJournal) async throws(MigrationError) -> [Share] {
        var sums: [String: MigrationTotals.Amount] = [:]
        for state in [MigrationState.recorded, .unwanted, .pruned, .verified] {
            var last: Int64 = 0
            while true {
                let rows = try await journal.rows(state: state, after: last, limit: 2000)
                guard let end = rows.last?.id else { break }
                last = end
                for row in rows {
                    sums[row.kindName, default: MigrationTotals.Amount()].objects += 1
                    sums[row.kindName, default: MigrationTotals.Amount()].bytes += row.byteCount ?? 0
                }
            }
        }
        return sums.map { Share(name: $0.key, amount: $0.value) }
            .sorted { ($0.amount.bytes, $1.name) > ($1.amount.bytes, $0.name) }
    }
}

extension MigrationReport.Failure {
    /// What a row of the journal says of its failure.
    package init(_ row: MigrationRow) {
        self.init(
            location: row.item.location,
            targetKey: row.item.targetKey,
            byteCount: row.byteCount ?? row.item.byteCount,
            code: row.failure?.code ?? .journal,
            message: row.failure?.message ?? "",
            attempts: row.attempts
        )
    }
}

extension MigrationRow {
    /// What sort of file it is, for people: by its part in an attachment, and by its media type.
    fileprivate var kindName: String {
        if item.rendition != nil { return "thumbnails and previews" }
        let type = storedType ?? item.contentType ?? ""
        let names = ["image/": "images", "video/": "videos", "audio/": "sounds", "text/": "documents"]
        if let name = names.first(where: { type.hasPrefix($0.key) })?.value { return name }
        let isDocument = ["pdf", "word", "document", "sheet", "excel", "presentation", "powerpoint", "rtf"]
            .contains { type.hasPrefix("application/") && type.contains($0) }
        return isDocument ? "documents" : "other files"
    }
}

extension MigrationProof {
    /// What it is called in lists and reports.
    package var title: String {
        switch self {
        case .storedChecksum: "stored checksum (CRC32C, given back by the target)"
        case .recomputedETag: "recomputed ETag (MD5 of what was sent)"
        case .reread: "read back and hashed (SHA-256)"
        }
    }
}
