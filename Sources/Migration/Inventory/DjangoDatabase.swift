/// The inventory of a Django project of the old system, from its SQLite file.
///
/// The file is only read, and may be in use by Django meanwhile.
package struct DjangoDatabase: MigrationInventory {
    /// Opens the file and looks whether the tables and columns are there.
    ///
    /// `files` is where the project keeps its media: it is asked for each file's size, and for its first bytes, which decide
    /// its type; without it, the rows are believed. Throws `inventoryUnreadable`, with what there is in the database, where
    /// something is missing.
    package init(
        path: String,
        schema: DjangoSchema = DjangoSchema(),
        files: (any ObjectStore)?,
        options: DjangoOptions = DjangoOptions()
    ) throws(MigrationError) {
        throw MigrationError(.inventoryUnreadable, path)
    }

    /// Hands out the conversations, then the messages, then the attachments, each by their ids.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {}
}
