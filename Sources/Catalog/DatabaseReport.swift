import Foundation
import GRDB

/// What a look through a database's file found.
package struct DatabaseReport: Sendable, Equatable {
    /// A table and how many rows it has.
    package struct Table: Sendable, Equatable {
        /// The table's name.
        package let name: String
        /// How many rows.
        package let rows: Int
    }

    /// What is wrong with it, in words for an operator; none where it is sound.
    package let faults: [String]
    /// The tables by name.
    package let tables: [Table]
    /// How its schema compares with this release.
    package let schema: SchemaStatus
    /// The length of its pages in bytes, without SQLite's log.
    package let byteCount: Int64
}

extension Catalog {
    /// Looks through a database's file: SQLite's structure, the references between tables, and what the catalog counts for itself.
    ///
    /// It only reads, also while a server has the file; the schema may be an older one. What counts is looked at in one state of the
    /// database. It leaves nothing beside the file. Blocks as long as it takes. Throws `cannotOpen` where the file is not there or is no database.
    package static func check(path: String) throws(CatalogError) -> DatabaseReport {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CatalogError(code: .cannotOpen, message: "\(path) is not there")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let traces = ReadTraces(of: path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let report = try queue.read { db in try DatabaseReport(db) }
            try queue.close()
            traces.remove()
            return report
        } catch {
            traces.remove()
            let error = CatalogError(error)
            throw CatalogError(code: error.code, message: "\(path): \(error.message)")
        }
    }
}

extension DatabaseReport {
    /// Of so many faults each kind is told.
    private static let faultLimit = 20

    fileprivate init(_ db: Database) throws {
        let names = try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_schema
                WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'schema_migration'
                ORDER BY name
                """
        )
        var faults = try Self.structure(db)
        // What a damaged file says of its rows is worth nothing, and may end in an error.
        if faults.isEmpty {
            faults += try Self.references(db)
            faults += try Self.counts(db, tables: Set(names))
        }
        let isSound = faults.isEmpty
        self.init(
            faults: faults,
            tables: try names.map { name in
                let count = try? Int.fetchOne(db, sql: "SELECT count(*) FROM \(name.quotedDatabaseIdentifier)")
                guard let count else {
                    guard !isSound else { throw CatalogError(code: .corrupt, message: "\(name) cannot be counted") }
                    return Table(name: name, rows: 0)
                }
                return Table(name: name, rows: count)
            },
            schema: try SchemaStatus(db, versions: SchemaVersion.all),
            byteCount: try Int64.fetchOne(
                db,
                sql: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            ) ?? 0
        )
    }

    private static func structure(_ db: Database) throws -> [String] {
        let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(faultLimit))")
        return lines == ["ok"] ? [] : lines
    }

    private static func references(_ db: Database) throws -> [String] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT "table" AS child, parent, count(*) AS number FROM pragma_foreign_key_check
                GROUP BY 1, 2 ORDER BY 1, 2 LIMIT \(faultLimit)
                """
        )
        .map { row in
            let (number, child, parent): (Int, String, String) = (row["number"], row["child"], row["parent"])
            return "\(number) rows of \(child) refer to such of \(parent) as are not there"
        }
    }

    /// What triggers keep, counted anew.
    private static func counts(_ db: Database, tables: Set<String>) throws -> [String] {
        var faults: [String] = []
        for rule in rules where tables.isSuperset(of: rule.tables) {
            let number = try Int.fetchOne(db, sql: rule.query) ?? 0
            if number > 0 { faults.append("\(number) \(rule.fault)") }
        }
        return faults
    }

    private static let rules: [(tables: Set<String>, query: String, fault: String)] = [
        (
            ["storage_usage", "attachment", "message"],
            """
            WITH counted AS (
                SELECT 'user' AS kind, uploaded_by AS owner, count(*) AS files, sum(file_size) AS bytes
                FROM attachment GROUP BY uploaded_by
                UNION ALL
                SELECT 'conversation', message.conversation_id, count(*), sum(file_size)
                FROM attachment JOIN message ON message.id = attachment.message_id
                GROUP BY message.conversation_id
            ),
            kept AS (SELECT owner_kind, owner_id, files, bytes FROM storage_usage)
            SELECT count(*) FROM (
                SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept)
                UNION
                SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted)
            )
            """,
            "rows of storage_usage are not what the attachments come to"
        ),
        (
            ["old_place", "attachment"],
            """
            SELECT count(*) FROM attachment WHERE waiting_objects <> (
                SELECT count(*) FROM old_place
                WHERE old_place.attachment_id = attachment.id AND old_place.state = 'waiting'
            )
            """,
            "attachments count other objects in old places than there are"
        ),
        (
            ["trash", "trash_object", "attachment", "rendition"],
            """
            SELECT count(*) FROM trash_object
            WHERE object_key IN (SELECT object_key FROM attachment UNION SELECT object_key FROM rendition)
            """,
            "objects belong to a deleted attachment and to one that is there"
        ),
    ]
}
