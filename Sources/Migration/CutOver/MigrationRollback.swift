package import Catalog

/// Has a catalog's objects served from their old place again, where that still has their bytes.
///
/// Nothing is copied and nothing deleted: what arrived stays in the storage, and another run records it without copying it.
package struct MigrationRollback: Sendable {
    /// What was done.
    package struct Report: Sendable, Codable, Equatable {
        /// Objects that are served from their old place again.
        package var returned: Int64 = 0
        /// Those of them that are known by their length alone: renditions of which the journal knows no digest.
        package var unproved: Int64 = 0
        /// Objects that stay where they are.
        package var kept: Int64 = 0
        /// Those of them of which the old place has other bytes by now.
        package var changed: Int64 = 0
        /// Those of them that are there and cannot be read.
        package var unreadable: Int64 = 0
        /// The first hundred of those that stay, by their location.
        package var examples: [String] = []

        /// Nothing yet.
        package init() {}
    }

    private static let pageSize = 500
    private static let mostExamples = 100

    private let catalog: Catalog
    private let source: any ObjectStore
    private let journal: MigrationJournal
    private let workers: Int
    private let limit: RateLimit?

    /// Goes over what was moved out of the store, by the migration of that journal; reads no faster than told.
    package init(
        catalog: Catalog,
        source: any ObjectStore,
        journal: MigrationJournal,
        workers: Int = 8,
        maxBytesPerSecond: Int64? = nil
    ) {
        self.catalog = catalog
        self.source = source
        self.journal = journal
        self.workers = workers
        limit = maxBytesPerSecond.map { RateLimit(bytesPerSecond: $0) }
    }

    /// Reads each moved object in its old place, and returns those that have the bytes there that arrived.
    ///
    /// Which those are says the journal, else the catalog. Throws `sourceUnreadable` where the store does not answer, `journal`
    /// where the journal cannot be written: what was returned until then stays so, and doing it again goes on. `progress` is
    /// told what was done so far, after each few hundred objects.
    package func run(progress: (Report) -> Void = { _ in }) async throws -> Report {
        // First, so that no death in between leaves an object that waits and that the journal has as recorded: the next run
        // would pass it over, and a prune delete it. What is recorded anew without need costs nothing.
        _ = try await journal.forgetRecords()
        var report = Report()
        var last: String?
        while true {
            try Task.checkCancellation()
            let places = try await catalog.oldPlaces(
                store: source.identity,
                state: .moved,
                after: last,
                limit: Self.pageSize
            )
            guard let end = places.last?.objectKey else { return report }
            last = end
            try await giveBack(places, &report)
            progress(report)
        }
    }

    private func giveBack(_ places: [OldPlace], _ report: inout Report) async throws {
        let digests = try await journal.digests(keys: places.map(\.objectKey))
        let reading = OldPlaceReading(source: source, catalog: catalog, limit: limit)
        let standings = try await SideBySide.map(places, atOnce: workers) { place in
            try await reading.standing(of: place, digest: digests[Array(place.objectKey.utf8)])
        }
        var keys: [String] = []
        for (place, standing) in zip(places, standings) {
            switch standing {
            case .same: keys.append(place.objectKey)
            case .sameLength:
                keys.append(place.objectKey)
                report.unproved += 1
            case .changed: report.changed += 1
            case .unreadable: report.unreadable += 1
            case .absent: break
            }
            guard !standing.isPresent, report.examples.count < Self.mostExamples else { continue }
            report.examples.append(place.location)
        }
        let returned = try await catalog.returnToOldPlace(objectKeys: keys.sorted(), store: source.identity)
        report.returned += Int64(returned)
        // An object that no attachment refers to under this key any more stays as it is, too.
        report.kept += Int64(places.count - returned)
    }
}
