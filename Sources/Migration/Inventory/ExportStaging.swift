import Catalog
import Foundation
import GRDB

/// An export as the tables of a database of its own, so that it is read as Django's own database is: ordered, joined, a page
/// at a time.
///
/// SQLite deletes its file with the connection, however the process ends.
enum ExportStaging {
    /// Loads the files; memory stays bounded.
    ///
    /// Throws `MigrationError`.
    static func load(_ files: [ExportFile]) async throws -> DatabaseQueue {
        do {
            // An empty path stands for a file without a name (https://sqlite.org/c3ref/open.html).
            let queue = try DatabaseQueue(path: "")
            try await queue.write { db in
                try db.execute(sql: "CREATE TABLE fault (id INTEGER PRIMARY KEY, subject TEXT, reason TEXT, kind TEXT)")
                for file in files { try load(file, db) }
            }
            return queue
        } catch let error as DatabaseError {
            if let fault = MigrationError(scratch: "the export cannot be put in order", error) { throw fault }
            throw MigrationError(
                .inventoryUnreadable,
                "the export cannot be put in order in \(NSTemporaryDirectory()): \(ForeignDatabase.reason(error))"
            )
        }
    }

    /// The schema of the tables: a file's columns by the names that exports use.
    static func schema() throws(MigrationError) -> DjangoSchema {
        var schema = DjangoSchema()
        for table in DjangoSchema.Table.allCases { try schema.map("\(table.rawValue)=\(table.exportName)") }
        // Under another name in the old system's tables than in exports.
        try schema.map("attachment.uploaded_by=uploaded_by")
        return schema
    }

    /// Hands out what is wrong with single rows, a page at a time.
    static func readFaults(_ queue: DatabaseQueue, _ body: (InventoryBatch) async throws -> Void) async throws {
        var last: Int64 = 0
        while true {
            let after = last
            let rows = try await queue.read { db in
                try ForeignRow.fetchAll(
                    db,
                    "SELECT id, kind, subject, reason FROM fault WHERE id > ? ORDER BY id LIMIT \(DjangoReader.pageSize)",
                    [after]
                )
            }
            guard let end = rows.last?[0].number else { return }
            last = Int64(end)
            var batch = InventoryBatch()
            batch.complaints = rows.map { row in
                MigrationComplaint(
                    kind: row[1].text.flatMap(MigrationComplaint.Kind.init) ?? .invalid,
                    subject: row[2].text ?? "",
                    reason: row[3].text ?? ""
                )
            }
            try await body(batch)
        }
    }

    private static func load(_ file: ExportFile, _ db: Database) throws {
        let table = file.table.exportName.quotedDatabaseIdentifier
        let line = DjangoReader.lineColumn.quotedDatabaseIdentifier
        // The uploader may be missing from an export, not from the schema.
        var columns = file.columns
        if file.table == .attachment, !columns.contains(.uploader) { columns.append(.uploader) }
        let names = columns.map { $0.key.quotedDatabaseIdentifier }
        let list = (names + [line]).joined(separator: ", ")
        let marks = Array(repeating: "?", count: names.count + 1).joined(separator: ", ")
        try db.execute(sql: "CREATE TABLE \(table) (\(list))")
        // Participants are told apart by two columns, and one who is named twice does no harm.
        let key: DjangoSchema.Column? = file.table == .participant ? nil : columns.first { $0.key == "id" }
        if file.table == .participant {
            try db.execute(sql: "CREATE INDEX place ON \(table) (conversation_id)")
        } else {
            try db.execute(sql: "CREATE UNIQUE INDEX \("key_\(file.table.rawValue)") ON \(table) (id)")
        }
        let insertion = try db.makeStatement(sql: "INSERT OR IGNORE INTO \(table) VALUES (\(marks))")
        try file.read { number, row in
            let subject = "\(file.table.exportName), line \(number)"
            switch row {
            case .failure(let fault):
                try complain(db, .invalid, subject, fault.reason)
            case .success(var values):
                for (index, column) in file.columns.enumerated() where column.isIdentifier {
                    values[index] = ForeignValue(values[index]).uuid?.text.databaseValue ?? values[index]
                }
                while values.count < columns.count { values.append(.null) }
                try insertion.execute(arguments: StatementArguments(values + [number.databaseValue]))
                if db.changesCount == 0, let key, let index = columns.firstIndex(of: key) {
                    let id = ForeignValue(values[index]).text ?? ""
                    let first = try Int.fetchOne(
                        db,
                        sql: "SELECT \(line) FROM \(table) WHERE id = ?",
                        arguments: [values[index]]
                    )
                    try complain(db, .conflict, subject, "line \(first ?? 0) has the same id \(id) already")
                }
            }
        }
    }

    private static func complain(
        _ db: Database,
        _ kind: MigrationComplaint.Kind,
        _ subject: String,
        _ reason: String
    ) throws {
        try db.execute(
            sql: "INSERT INTO fault (subject, reason, kind) VALUES (?, ?, ?)",
            arguments: [subject, reason, kind.rawValue]
        )
    }
}

extension DjangoSchema.Column {
    /// Whether it holds the id of a conversation, a message or an attachment, in whatever form.
    fileprivate var isIdentifier: Bool {
        [
            .conversationID, .participantConversation, .messageID, .messageConversation, .attachmentID,
            .attachmentMessage,
        ]
        .contains(self)
    }
}
