/// The inventory of a Django project of the old system, from files that its own database server wrote.
///
/// The directory holds `conversations`, `participants`, `messages` and `attachments`, each as `.csv` (RFC 4180, with a
/// header) or as `.jsonl` (an object a line), as the queries of `queries(_:schema:)` make them.
package struct DjangoExport: MigrationInventory {
    /// A database server that can write such an export.
    package enum Dialect: String, Sendable, CaseIterable {
        case postgresql
        case mysql
    }

    /// Looks whether the files are there and their columns known; `files` and `options` as for `DjangoDatabase`.
    ///
    /// Throws `inventoryUnreadable`, with what was found, where something is missing.
    package init(
        directory: String,
        files: (any ObjectStore)?,
        options: DjangoOptions = DjangoOptions()
    ) throws(MigrationError) {
        throw MigrationError(.inventoryUnreadable, directory)
    }

    /// What the operator runs to make the export: commands for the server's own command line, with comments.
    package static func queries(_ dialect: Dialect, schema: DjangoSchema = DjangoSchema()) -> String { "" }

    /// Hands out the conversations, then the messages, then the attachments, each by their ids.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {}
}
