package import Catalog

/// Whether a store can be done with, by the two that know: the catalog of attachments, the journal of all objects.
package struct CutOverCheck: Sendable {
    /// How it stands.
    package enum Standing: Sendable, Equatable {
        /// The catalog serves so many objects from there.
        case waiting(objects: Int)
        /// Nothing waits by the catalog, and not everything has arrived by the journal: bare objects, and what failed.
        case unfinished(MigrationExit, MigrationTotals)
        /// An inventory was begun with and not read to its end: nobody knows what else there is.
        case unread
        /// What the journal knows of has arrived, and the inventory had more that could not be used.
        case unusable(NotedComplaints)
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
    ///
    /// With `leavesUnusable`, what the inventory could not use, or did not come to, is known to the operator and stays behind.
    package func standing(leavesUnusable: Bool = false) async throws -> Standing {
        let waiting = try await catalog.cutOverState(store: journal.source).waiting
        guard waiting == 0 else { return .waiting(objects: waiting) }
        // The catalog knows nothing of bare objects.
        let totals = try await journal.totals()
        let exit = MigrationExit(totals)
        guard exit == .complete else { return .unfinished(exit, totals) }
        guard !leavesUnusable else { return .arrived }
        let noted = try await journal.complaints()
        if noted.isReadingOpen { return .unread }
        return noted.count > 0 ? .unusable(noted) : .arrived
    }
}
