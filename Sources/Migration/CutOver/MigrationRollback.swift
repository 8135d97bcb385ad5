package import Catalog

/// Has a catalog's objects served from their old place again, where that still has them.
///
/// Nothing is copied and nothing deleted: what arrived stays in the storage, and another run records it without copying it.
package struct MigrationRollback: Sendable {
    /// What was done.
    package struct Report: Sendable, Codable, Equatable {
        /// Objects that are served from their old place again.
        package var returned: Int64 = 0
        /// Objects that stay where they are, for the old place has them no more, or with another length.
        package var kept: Int64 = 0
        /// The first hundred of those, by their location.
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

    /// Goes over what was moved out of the store, by the migration of that journal.
    package init(catalog: Catalog, source: any ObjectStore, journal: MigrationJournal, workers: Int = 8) {
        self.catalog = catalog
        self.source = source
        self.journal = journal
        self.workers = workers
    }

    /// Looks at each moved object in its old place, and returns those that are there with their length.
    ///
    /// Throws `sourceUnreadable` where the store does not answer, `journal` where the journal cannot be written: what was
    /// returned until then stays so, and doing it again goes on.
    package func run() async throws -> Report {
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
            let present = try await presentKeys(of: places)
            let returned = try await catalog.returnToOldPlace(objectKeys: present.sorted(), store: source.identity)
            report.returned += Int64(returned)
            // An object that no attachment refers to under this key any more stays as it is, too.
            report.kept += Int64(places.count - returned)
            let lacking = places.filter { !present.contains($0.objectKey) }.map(\.location)
            report.examples += lacking.prefix(Self.mostExamples - report.examples.count)
        }
    }

    private func presentKeys(of places: [OldPlace]) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String?.self) { group in
            var rest = places[...]
            var present: Set<String> = []
            while let place = rest.popFirst() {
                if places.count - rest.count > workers, let key = try await group.next() ?? nil { present.insert(key) }
                group.addTask { [source] in
                    let object = try await source.head(place.location)
                    guard let object, place.byteCount == nil || place.byteCount == object.byteCount else { return nil }
                    return place.objectKey
                }
            }
            for try await key in group {
                if let key { present.insert(key) }
            }
            return present
        }
    }
}
