import GRDB

/// The inventory of a Django project of the old system, from files that its own database server wrote.
///
/// The directory holds `conversations`, `participants`, `messages` and `attachments`, each as `.csv` (RFC 4180, with a
/// header) or as `.jsonl` (an object a line), as the queries of `queries(_:schema:usesNames:)` make them; and `users`, where
/// users are to be called by their names. The rest is as with `DjangoDatabase`.
package struct DjangoExport: MigrationInventory {
    private let exportFiles: [ExportFile]
    private let files: (any ObjectStore)?
    private let options: DjangoOptions

    /// Looks whether the files are there and their columns known; `files` and `options` as for `DjangoDatabase`.
    ///
    /// Throws `inventoryUnreadable`, with what was found, where something is missing.
    package init(
        directory: String,
        files: (any ObjectStore)?,
        options: DjangoOptions = DjangoOptions()
    ) throws(MigrationError) {
        var exportFiles: [ExportFile] = []
        var missing: [String] = []
        for table in DjangoSchema.Table.allCases where table != .user || options.usesNames {
            if let file = try ExportFile(of: table, in: directory) {
                exportFiles.append(file)
            } else {
                missing.append(table.exportName)
            }
        }
        guard missing.isEmpty else {
            throw MigrationError(
                .inventoryUnreadable,
                "\(directory) lacks \(missing.joined(separator: ", ")), each as .csv or .jsonl; "
                    + "--print-queries prints queries that make them"
            )
        }
        self.exportFiles = exportFiles
        self.files = files
        self.options = options
    }

    /// Hands out what is wrong with single lines, then the conversations, the messages, the attachments, each by their ids.
    ///
    /// The export is put in order in a file of SQLite's in the system's temporary directory, about as long as the export.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        let queue = try await ExportStaging.load(exportFiles)
        let schema = try ExportStaging.schema()
        let usesNames = options.usesNames
        let tables = try await queue.read { db in try DjangoTables(db, schema: schema, usesNames: usesNames) }
        try await ExportStaging.readFaults(queue, body)
        try await DjangoReader(queue: queue, tables: tables, options: options, files: files, isExport: true).read(body)
    }
}
