import GRDB

/// The inventory of a Django project of the old system, from its SQLite file.
///
/// The file is only read, and may be in use by Django meanwhile.
///
/// Users are their ids as text (a UUID with dashes), or their names. The uploader is the column that names one, else the
/// message's sender. What the content of a file contradicts (its kind, its media type, its size) is taken from the file.
/// An attachment whose row lacks what media work would find out (or whose thumbnail is gone) has the status `processing`,
/// so that the work is done when its bytes have arrived; all others are `ready`.
package struct DjangoDatabase: MigrationInventory {
    private let reader: DjangoReader

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
        let queue = try ForeignDatabase.open(path: path)
        let tables: DjangoTables
        do {
            tables = try queue.read { db in try DjangoTables(db, schema: schema, usesNames: options.usesNames) }
        } catch let error as MigrationError {
            throw MigrationError(error.code, "\(path): \(error.message)")
        } catch {
            throw MigrationError(.inventoryUnreadable, "\(path) cannot be read: \(ForeignDatabase.reason(error))")
        }
        reader = DjangoReader(queue: queue, tables: tables, options: options, files: files, isExport: false)
    }

    /// Hands out the conversations, then the messages, then the attachments, each by their ids.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        try await reader.read(body)
    }
}
