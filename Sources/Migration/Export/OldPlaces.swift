import Catalog

/// The stores that an export may read what waits from, by their identities.
struct OldPlaces: Sendable {
    private let stores: [any ObjectStore]

    init(_ stores: [any ObjectStore]) {
        self.stores = stores
    }

    /// The store of what waits in a place; throws `sourceUnreadable` where it is none of these.
    func store(of place: OldPlace) throws(MigrationError) -> any ObjectStore {
        if let store = stores.first(where: { $0.identity.utf8.elementsEqual(place.store.utf8) }) { return store }
        throw MigrationError(
            .sourceUnreadable,
            "\(place.objectKey) waits in \(place.store), where nobody may look: set migration.source to it, or name it with "
                + "--old-place"
        )
    }
}
