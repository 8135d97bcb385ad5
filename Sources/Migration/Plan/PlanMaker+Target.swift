import Foundation

// What the target has of what is to come, and what has come to it some other way.
extension PlanMaker {
    /// Looks through the target for keys that are taken.
    mutating func findPresent(in target: any ObjectStore) async throws {
        var seen: Int64 = 0
        try await target.list { page in
            try Task.checkCancellation()
            seen += Int64(page.count)
            options.progress?(.target, seen)
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
