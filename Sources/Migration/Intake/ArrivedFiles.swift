package import Catalog
import Foundation

/// Knows of files that are not at the source any more whether they are missed.
package struct ArrivedFiles: Sendable {
    private let catalog: Catalog
    private let store: String

    /// Asks the catalog about the store with that identity.
    package init(catalog: Catalog, store: String) {
        self.catalog = catalog
        self.store = store
    }

    /// The complaints without those of files that are away because they are done with: they arrived and were pruned, another
    /// object took their part, or their attachment was deleted.
    ///
    /// What still waits at the source, and what could be restored from there, is missed.
    package func stillMissed(
        _ complaints: [MigrationComplaint]
    ) async throws(CatalogError) -> [MigrationComplaint] {
        let ids = Set(complaints.compactMap { $0.file?.attachmentID })
        guard !ids.isEmpty else { return complaints }
        let places = Dictionary(
            grouping: try await catalog.oldPlaces(attachmentIDs: Array(ids), store: store),
            by: \.attachmentID
        )
        return complaints.filter { complaint in
            guard complaint.kind == .missing, let file = complaint.file else { return true }
            let spellings = MediaPath.spellings(file.location)
            let named = (places[file.attachmentID] ?? [])
                .filter { place in spellings.contains { $0.utf8.elementsEqual(place.location.utf8) } }
            return named.isEmpty || named.contains { $0.state == .waiting || $0.state == .trashed }
        }
    }
}
