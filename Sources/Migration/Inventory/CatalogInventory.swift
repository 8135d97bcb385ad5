package import Catalog
import Foundation

/// The inventory of what the catalog knows to be in another place still.
package struct CatalogInventory: MigrationInventory {
    private let catalog: Catalog
    private let store: String

    /// So many objects make a batch.
    private static let batchSize = 500

    /// Takes what waits in the store of that identity.
    package init(catalog: Catalog, store: String) {
        self.catalog = catalog
        self.store = store
    }

    /// Nothing waits any more once everything has arrived.
    package var mayBeEmpty: Bool { true }

    /// The catalog is believed: a run finds out about each object when it moves it.
    package var looksAtFiles: Bool { false }

    /// Hands out where what has arrived was, and what is deleted or can be restored.
    package func readMentioned(_ body: ([String]) async throws -> Void) async throws {
        for state in OldPlace.State.allCases where state != .waiting {
            var last: String?
            while true {
                try Task.checkCancellation()
                let places = try await catalog.oldPlaces(
                    store: store,
                    state: state,
                    after: last,
                    limit: Self.batchSize
                )
                guard let end = places.last else { break }
                last = end.objectKey
                try await body(places.map(\.location))
            }
        }
    }

    /// Hands out the objects that wait, by their keys; there are no records to bring.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        var last: String?
        while true {
            try Task.checkCancellation()
            let places = try await catalog.waitingPlaces(store: store, after: last, limit: Self.batchSize)
            guard let end = places.last else { return }
            last = end.objectKey
            var batch = InventoryBatch()
            for place in places { batch.items.append(try await item(of: place)) }
            try await body(batch)
        }
    }

    /// The object with what the attachment's record tells of it.
    private func item(of place: OldPlace) async throws -> MigrationItem {
        var item = MigrationItem(
            location: place.location,
            targetKey: place.objectKey,
            byteCount: place.byteCount,
            attachmentID: place.attachmentID
        )
        guard let id = place.attachmentID, let attachment = try await catalog.attachment(id: id) else { return item }
        item.modifiedAt = attachment.uploadedAt
        if attachment.objectKey == place.objectKey {
            item.contentType = attachment.mediaType
            // One alone is of a scan, and the catalog sees to bytes that are others.
            item.sha256 = attachment.sha256 == nil ? nil : attachment.storedSHA256
        } else if let rendition = attachment.renditions.first(where: { $0.objectKey == place.objectKey }) {
            item.contentType = rendition.mediaType
            item.rendition = rendition.name
        }
        return item
    }
}
