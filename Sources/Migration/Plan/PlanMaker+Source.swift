import Catalog
import Foundation

// What the source has of what the inventory speaks of, and what it has beside that.
extension PlanMaker {
    /// Takes the list of the source into the ledger, with what cannot be looked through.
    mutating func list(_ source: any ObjectStore) async throws {
        var told: [MigrationComplaint] = []
        var count: Int64 = 0
        let (ledger, options) = (ledger, options)
        try await source.list(complaining: { told.append($0) }) { page in
            try Task.checkCancellation()
            // A link that leads nowhere is no file; of a file that a record names the inventory tells.
            try await ledger.note(page, faults: told.filter { $0.kind == .unreadable })
            told.removeAll()
            count += Int64(page.count)
            options.progress?(.source, count)
        }
        try await ledger.note([], faults: told.filter { $0.kind == .unreadable })
        isSourceListed = true
    }

    /// Tells of what no record speaks of, and of what cannot be looked through.
    mutating func findUnreferenced() async throws {
        let limit = options.complaintLimit
        let faults = try await ledger.unreferencedFaults(limit: limit)
        complain(faults.first, of: faults.count, .unreadable)
        let others = try await ledger.unreferenced(limit: limit)
        let told = others.first.map { object in
            MigrationComplaint(
                kind: .unreferenced,
                subject: object.location,
                reason: "no record speaks of it (\(FigureText.bytes(object.byteCount))); it stays where it is"
            )
        }
        complain(told, of: others.count, .unreferenced)
    }

    /// What looking for an object came to.
    private enum Look: Sendable {
        case there(Int64)
        case absent
        case closed(String)
    }

    /// The items with the lengths that their objects have; without those of which the source knows nothing.
    ///
    /// What an inventory has not looked at itself is looked up in the list of the source. For what that does not have, or
    /// has otherwise, the source is asked: it may have come since, or under another spelling.
    mutating func looked(
        at items: [MigrationItem],
        _ source: any ObjectStore,
        looksAtFiles: Bool,
        _ kinds: [UUID: FileKind]
    ) async throws -> [MigrationItem] {
        let listed = isSourceListed ? try await ledger.listedSizes(items.map(\.location)) : [:]
        let doubtful = items.indices.filter { index in
            guard !looksAtFiles else { return items[index].byteCount == nil }
            guard let size = listed[index] else { return true }
            return items[index].byteCount != nil && items[index].byteCount != size
        }
        let looks = try await SideBySide.map(doubtful, atOnce: options.workers) { index -> Look in
            do {
                return try await source.head(items[index].location).map { .there($0.byteCount) } ?? .absent
            } catch let error as MigrationError {
                guard !error.isTransient else { throw error }
                return .closed(error.message)
            }
        }
        let answers = Dictionary(zip(doubtful, looks)) { first, _ in first }
        var found: [MigrationItem] = []
        for (index, var item) in zip(items.indices, items) {
            switch answers[index] {
            case nil:
                item.byteCount = item.byteCount ?? listed[index]
            case .there(let byteCount):
                if let recorded = item.byteCount, recorded != byteCount { differ(item, recorded, byteCount) }
                item.byteCount = byteCount
            case .absent:
                try await lose(item, Self.kindName(of: item, kinds))
                continue
            case .closed(let reason):
                complain(.unreadable, item.location, reason)
                try await ledger.mention([item.location])
                continue
            }
            found.append(item)
        }
        return found
    }

    private mutating func differ(_ item: MigrationItem, _ recorded: Int64, _ byteCount: Int64) {
        let end =
            item.sha256 == nil
            ? "the file is taken as it is" : "it is not the file that was recorded, and the run refuses it"
        let sizes = "its size is \(recorded) bytes by the record, and \(byteCount) in fact"
        complain(.invalid, item.location, "\(sizes); \(end)")
    }

    /// Those of the items that the source does not let be read, by their locations' bytes; each is told of once.
    ///
    /// Throws what may pass by itself.
    mutating func unreadable(
        _ items: [MigrationItem],
        _ source: any ObjectStore,
        besides told: Set<[UInt8]>
    ) async throws -> Set<[UInt8]> {
        let rest = items.map(\.location).filter { !told.contains(Array($0.utf8)) }
        let faults = try await SideBySide.map(rest, atOnce: options.workers) { location in
            try await source.readingFault(of: location)
        }
        var closed = told
        for (location, fault) in zip(rest, faults) {
            guard let fault else { continue }
            complain(fault.code == .sourceMissing ? .missing : .unreadable, location, fault.message)
            closed.insert(Array(location.utf8))
        }
        return closed
    }
}
