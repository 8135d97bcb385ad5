import Foundation
import GRDB

extension Catalog {
    /// Compares the database's schema with this release.
    package func schemaStatus() throws(CatalogError) -> SchemaStatus {
        try mapped { try pool.read { db in try schemaStatus(db) } }
    }

    /// Throws `newerSchema` or `olderSchema`, with what to do, unless the schema is the one of this release.
    package func requireCurrentSchema() throws(CatalogError) {
        let status = try schemaStatus()
        try refuseNewer(status)
        guard status.pending.isEmpty else {
            throw CatalogError(
                code: .olderSchema,
                message: "the database lacks \(status.pending.joined(separator: ", ")): migrate it first"
            )
        }
    }

    /// Brings in every pending step, each in a transaction of its own, and returns their names.
    ///
    /// Throws `newerSchema` when the database is ahead of this release. When a step fails, the steps before it stay.
    @discardableResult
    package func migrate() throws(CatalogError) -> [String] {
        var names: [String] = []
        for version in versions where try apply(version) {
            names.append(version.name)
        }
        return names
    }

    /// Takes back the latest steps, each in a transaction of its own, and returns their names, latest first.
    ///
    /// The data of the tables that a step brought in is lost. Throws `newerSchema` when the database is ahead of this
    /// release, which cannot know how to take those steps back.
    package func rollback(steps: Int = 1) throws(CatalogError) -> [String] {
        var names: [String] = []
        while names.count < steps, let name = try revertLatest() {
            names.append(name)
        }
        return names
    }

    /// Returns false when the step is in the database already, perhaps by another process a moment ago.
    private func apply(_ version: SchemaVersion) throws(CatalogError) -> Bool {
        do {
            return try writeSchema { db in
                let status = try schemaStatus(db)
                try refuseNewer(status)
                guard status.pending.contains(version.name) else { return false }
                try db.execute(sql: createBookkeeping)
                try db.execute(sql: version.up)
                try db.execute(
                    sql: "INSERT INTO schema_migration (name, applied_at) VALUES (?, ?)",
                    arguments: [version.name, Date().milliseconds]
                )
                return true
            }
        } catch {
            throw CatalogError(error).during("migrating to \(version.name)")
        }
    }

    private func revertLatest() throws(CatalogError) -> String? {
        try mapped {
            try writeSchema { db in
                let status = try schemaStatus(db)
                try refuseNewer(status)
                guard let version = versions.last(where: { status.applied.contains($0.name) }) else { return nil }
                try db.execute(sql: version.down)
                try db.execute(sql: "DELETE FROM schema_migration WHERE name = ?", arguments: [version.name])
                if status.applied.count == 1 {
                    try db.execute(sql: "DROP TABLE schema_migration")
                }
                return version.name
            }
        }
    }

    /// Runs a step in one transaction, with references checked at its end and not within.
    ///
    /// A step may write a table anew. Dropping the old one would otherwise delete its rows first, and what refers to
    /// them (https://www.sqlite.org/lang_altertable.html section 7).
    private func writeSchema<Value>(_ step: (Database) throws -> Value) throws -> Value {
        try pool.writeWithoutTransaction { db in
            // Within a transaction this setting cannot be changed.
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            let outcome = Result {
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try step(db)
                    try db.checkForeignKeys()
                    return .commit
                }
                return value
            }
            try db.execute(sql: "PRAGMA foreign_keys = ON")
            guard let value = try outcome.get() else {
                throw CatalogError(code: .other, message: "a schema step ended without a result")
            }
            return value
        }
    }

    private func schemaStatus(_ db: Database) throws -> SchemaStatus {
        try SchemaStatus(db, versions: versions)
    }

    private func refuseNewer(_ status: SchemaStatus) throws(CatalogError) {
        guard !status.unknown.isEmpty else { return }
        throw CatalogError(
            code: .newerSchema,
            message: """
                the database was migrated by a newer release (\(status.unknown.joined(separator: ", "))): \
                install that release, or roll the database back with it
                """
        )
    }
}

extension SchemaStatus {
    /// Compares what a database has with the steps of a release.
    init(_ db: Database, versions: [SchemaVersion]) throws {
        let keepsBooks = try db.exists("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'", [])
        let stored =
            keepsBooks ? try String.fetchAll(db, sql: "SELECT name FROM schema_migration ORDER BY position") : []
        let known = versions.map(\.name)
        self.init(
            applied: stored.filter(known.contains),
            pending: known.filter { !stored.contains($0) },
            unknown: stored.filter { !known.contains($0) }
        )
    }
}

private let createBookkeeping = """
    CREATE TABLE IF NOT EXISTS schema_migration (
        position INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
        applied_at INTEGER NOT NULL
    ) STRICT
    """
