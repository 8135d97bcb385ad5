/// The inventory that a file of JSON lines spells out: which file belongs to which message.
///
/// Each line is an object with `path` and `message_id`. It may have `id`, `file_name`, `uploaded_at`, `uploaded_by`,
/// `conversation_id` and `sender_id` (both or none: the message is made known by them), `participants` (a list of users),
/// `mime_type`, `file_size`, `sha256`, `duration`, `width`, `height`, `bitrate`, `codec` and `thumbnail`.
package struct Manifest: MigrationInventory {
    /// Takes the file at the path.
    ///
    /// `files` is asked for each file's size and first bytes; without it the lines are believed. `user` has uploaded what no
    /// line says it of. Throws `inventoryUnreadable` where the file cannot be opened.
    package init(path: String, files: (any ObjectStore)?, user: String? = nil) throws(MigrationError) {
        throw MigrationError(.inventoryUnreadable, path)
    }

    /// Hands out what the lines say, in their order; complaints name the line by its number.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {}
}
