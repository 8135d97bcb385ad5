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

    private let catalog: Catalog?
    private let journal: MigrationJournal

    /// Asks about the journal's source; a journal that was opened for reading is enough.
    ///
    /// Without a catalog, as where only bare objects were moved, the journal alone decides.
    package init(catalog: Catalog?, journal: MigrationJournal) {
        self.catalog = catalog
        self.journal = journal
    }

    /// Asks both, and looks at no object.
    ///
    /// With `leavesUnusable`, what the inventory could not use, or did not come to, is known to the operator and stays behind.
    /// Throws `invalidArgument` where there is no catalog and the journal has attachments.
    package func standing(leavesUnusable: Bool = false) async throws -> Standing {
        if let catalog {
            let waiting = try await catalog.cutOverState(store: journal.source).waiting
            guard waiting == 0 else { return .waiting(objects: waiting) }
        } else if try await journal.hasAttachments() {
            throw MigrationError(
                .invalidArgument,
                "the journal has attachments, and there is no database to tell which of them wait: set database.path to it"
            )
        }
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
