package import Catalog

/// The inventory of what the catalog knows to be in another place still.
package struct CatalogInventory: MigrationInventory {
    /// Takes what waits in the store of that identity.
    package init(catalog: Catalog, store: String) {}

    /// Hands out the objects that wait, by their keys; there are no records to bring.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {}
}
