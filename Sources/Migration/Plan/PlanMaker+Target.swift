import Foundation

// What the target has of what is to come, and what has come to it some other way.
extension PlanMaker {
    /// Looks through the target for keys that are taken.
    mutating func findPresent(in target: any ObjectStore) async throws {
        var isFlat = try await findFolders(target)
        var seen: Int64 = 0
        try await target.list { page in
            try Task.checkCancellation()
            seen += Int64(page.count)
            options.progress?(.target, seen)
            if isFlat != true {
                for met in try await ledger.folders(meeting: page.map(\.location))
                where try await ledger.sizes(keys: [met.other]).isEmpty {
                    if isFlat == nil { isFlat = await target.holdsFolders }
                    if isFlat == false { complain(Self.folderComplaint(met)) }
                }
            }
            let sizes = try await ledger.sizes(keys: page.map(\.location))
            for (index, size) in sizes.sorted(by: { $0.key < $1.key }) {
                let object = page[index]
                if size == object.byteCount {
                    plan.present.add(object.byteCount)
                } else {
                    complain(
                        .conflict,
                        object.location,
                        "the target has another object under this key, of \(object.byteCount) bytes"
                    )
                }
            }
            guard hasLost else { return }
            for object in try await ledger.takeRecovered(page) {
                count(object.byteCount, as: object.kind, mediaType: object.mediaType)
                plan.present.add(object.byteCount)
            }
        }
    }

    /// Tells of pairs among what is to be moved; whether the target is known to hold such, nil where it was not asked.
    private mutating func findFolders(_ target: any ObjectStore) async throws -> Bool? {
        let (first, count) = try await ledger.folders(limit: options.complaintLimit)
        guard count > 0 else { return nil }
        guard await !target.holdsFolders else { return true }
        for folder in first { complain(Self.folderComplaint(folder)) }
        plan.complaintCounts[.conflict, default: 0] += count - Int64(first.count)
        return false
    }

    private static func folderComplaint(_ folder: PlanLedger.Folder) -> MigrationComplaint {
        MigrationComplaint(
            kind: .conflict,
            subject: folder.location,
            reason:
                "\(folder.key) and \(folder.other): one is the other's folder, which a target that keeps objects as files "
                + "cannot hold; the run tries it there first"
        )
    }

    /// Tells of an item that the source does not have; where a run would take it for arrived if the target has it, later.
    mutating func lose(_ item: MigrationItem, _ kind: String) async throws {
        // As a run does: `ObjectMove.arrival`.
        guard item.attachmentID != nil, item.sha256 != nil || item.rendition != nil, let byteCount = item.byteCount
        else { return complain(.missing, item.location, Self.missing) }
        let object = PlanLedger.Lost(
            key: item.targetKey,
            location: item.location,
            byteCount: byteCount,
            kind: kind,
            mediaType: item.contentType ?? "unknown"
        )
        try await ledger.lose(object)
        hasLost = true
    }

    /// Tells of what neither the source nor the target has.
    mutating func findLost() async throws {
        guard hasLost else { return }
        let lost = try await ledger.lost(limit: options.complaintLimit)
        let told = lost.first.map { MigrationComplaint(kind: .missing, subject: $0, reason: Self.missing) }
        complain(told, of: lost.count, .missing)
    }

    private static let missing = "the source does not have it"
}
