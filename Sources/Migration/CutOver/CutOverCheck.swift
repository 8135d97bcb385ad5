package import Catalog

/// Whether a store can be done with, by the two that know: the catalog of attachments, the journal of all objects.
package struct CutOverCheck: Sendable {
    /// How it stands.
    package enum Standing: Sendable, Equatable {
        /// The catalog serves so many objects from there.
        case waiting(objects: Int)
        /// Nothing waits by the catalog, and not everything has arrived by the journal: bare objects, and what failed.
        case unfinished(MigrationExit, MigrationTotals)
        /// Everything has arrived, as far as is noted.
        case arrived
    }

    private let catalog: Catalog
    private let journal: MigrationJournal

    /// Asks about the journal's source; a journal that was opened for reading is enough.
    package init(catalog: Catalog, journal: MigrationJournal) {
        self.catalog = catalog
        self.journal = journal
    }

    /// Asks both, and looks at no object.
    package func standing() async throws -> Standing {
        let waiting = try await catalog.cutOverState(store: journal.source).waiting
        guard waiting == 0 else { return .waiting(objects: waiting) }
        // The catalog knows nothing of bare objects.
        let totals = try await journal.totals()
        let exit = MigrationExit(totals)
        return exit == .complete ? .arrived : .unfinished(exit, totals)
    }
}
