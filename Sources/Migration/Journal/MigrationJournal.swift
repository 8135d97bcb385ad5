import Foundation
import GRDB

/// What a migration remembers: one row an object, in an SQLite file of its own.
///
/// Commits are durable and go in groups. One run at a time has the journal to itself. All methods throw `MigrationError`.
package final class MigrationJournal: Sendable {
    /// The file.
    package let path: String
    /// The identity of the store that everything comes from.
    package let source: String
    /// The identity of the store that everything goes to.
    package let target: String
    /// Tells this journal from others: what it sent is known by it in the target.
    let name: String
    let pool: DatabasePool
    let writer: JournalWriter
    private let lock: JournalLock?

    private init(path: String, pool: DatabasePool, lock: JournalLock?) throws(MigrationError) {
        let meta = try Self.meta(of: pool, path: path)
        guard let source = meta["source"], let target = meta["target"], let name = meta["name"] else {
            throw MigrationError(.journal, "\(path) is not a migration's journal")
        }
        self.path = path
        self.source = source
        self.target = target
        self.name = name
        self.pool = pool
        self.lock = lock
        writer = JournalWriter(pool: pool)
    }

    /// Opens the journal of a migration, or begins one, and keeps others from running it while the value lives.
    ///
    /// Throws `journal` where the file is no journal, is of a newer schema, belongs to another source or target, or is in use
    /// by another run; `invalidArgument` where source and target are the same place.
    package static func open(path: String, source: String, target: String) throws(MigrationError) -> MigrationJournal {
        guard !source.utf8.elementsEqual(target.utf8) else {
            throw MigrationError(.invalidArgument, "source and target are the same place: \(source)")
        }
        do {
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let lock = try JournalLock(journalPath: path)
            let pool = try DatabasePool(path: path, configuration: configuration(readsOnly: false))
            // GRDB sets NORMAL when it turns to WAL, and then the last commits are lost with the power.
            try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
            try begin(in: pool, source: source, target: target)
            let journal = try MigrationJournal(path: path, pool: pool, lock: lock)
            try journal.check(source: source, target: target)
            try pool.write { db in try JournalSchema.addChanges(in: db) }
            return journal
        } catch {
            throw MigrationError(opening: path, error)
        }
    }

    /// Opens a journal that there is for looking at it, also while a run goes on; what writes throws.
    ///
    /// Throws `journal` where there is none.
    package static func openForReading(path: String) throws(MigrationError) -> MigrationJournal {
        guard FileManager.default.fileExists(atPath: path) else {
            throw MigrationError(.journal, "there is no journal \(path): no migration was begun with it")
        }
        do {
            let pool = try DatabasePool(path: path, configuration: configuration(readsOnly: true))
            return try MigrationJournal(path: path, pool: pool, lock: nil)
        } catch {
            throw MigrationError(opening: path, error)
        }
    }

    /// Closes the file after what was added has been written, and lets others have it; every later call fails.
    package func close() async throws(MigrationError) {
        if lock != nil { try await writer.flush() }
        do {
            try pool.close()
        } catch {
            throw MigrationError(journal: error, path: path)
        }
        lock?.release()
    }

    private static func configuration(readsOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = "migration journal"
        configuration.busyMode = .timeout(5)
        configuration.readonly = readsOnly
        configuration.maximumReaderCount = 2
        return configuration
    }

    private static func begin(in pool: DatabasePool, source: String, target: String) throws {
        try pool.write { db in
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 else { return }
            try JournalSchema.make(in: db)
            let name = UUID().uuidString.lowercased().filter { $0 != "-" }
            let values = [
                "schema": "\(JournalSchema.version)", "source": source, "target": target, "name": name,
            ]
            for (key, value) in values {
                try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [key, value])
            }
        }
    }

    private static func meta(of pool: DatabasePool, path: String) throws(MigrationError) -> [String: String] {
        let meta: [String: String]
        do {
            meta = try pool.read { db in
                guard try db.tableExists("meta"), try db.tableExists("object") else { return [:] }
                let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM meta")
                return Dictionary(rows.map { ($0["name"], $0["value"]) }) { first, _ in first }
            }
        } catch {
            throw MigrationError(opening: path, error)
        }
        guard let schema = meta["schema"].flatMap({ Int($0) }) else {
            throw MigrationError(.journal, "\(path) is not a migration's journal")
        }
        guard schema <= JournalSchema.version else {
            throw MigrationError(
                .journal,
                "\(path) was written by a newer release (schema \(schema), this one knows \(JournalSchema.version))"
            )
        }
        return meta
    }

    private func check(source: String, target: String) throws(MigrationError) {
        for (what, known, given) in [("source", self.source, source), ("target", self.target, target)]
        where !known.utf8.elementsEqual(given.utf8) {
            throw MigrationError(
                .journal,
                "\(path) is the journal of another migration: its \(what) is \(known), not \(given)"
            )
        }
    }

    /// Whether it was opened for looking only.
    var isReadOnly: Bool { lock == nil }

    /// What tells an object in the target as this journal's: its name and the row's number.
    func token(of id: Int64) -> String { "\(name).\(id)" }

    /// Reads, and turns what goes wrong into the journal's error.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MigrationError) -> Value {
        do {
            // In a task of its own: GRDB ends the reading of one that is cancelled, and what follows a stop reads on.
            return try await Task { [pool] in try await pool.read(body) }.value
        } catch {
            throw MigrationError(journal: error, path: path)
        }
    }
}

extension MigrationError {
    fileprivate init(opening path: String, _ error: any Error) {
        if let known = error as? MigrationError {
            self = known
        } else if let fault = LocalFault(path, storing: error) ?? LocalFault(path, refusing: error) {
            self.init(.journal, "the journal \(fault)")
        } else {
            self.init(.journal, "\(path) cannot be opened as a journal: \(error)")
        }
    }
}
