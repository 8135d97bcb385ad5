import Foundation
import GRDB

/// Which objects a plan has seen, by key and by location, and what the source lists: in a scratch file of SQLite's, for there
/// may be millions.
final class PlanLedger: Sendable {
    private let queue: DatabaseQueue

    /// An empty one; SQLite deletes its file with the connection.
    ///
    /// Throws `MigrationError`.
    init() throws(MigrationError) {
        do {
            var configuration = Configuration()
            configuration.label = "migration.plan"
            // An empty path stands for a file without a name (https://sqlite.org/c3ref/open.html).
            queue = try DatabaseQueue(path: "", configuration: configuration)
            try queue.write { db in
                // There is nothing to keep if the process dies.
                try db.execute(
                    sql: """
                        CREATE TABLE object (key TEXT PRIMARY KEY NOT NULL, location TEXT NOT NULL, byte_count INTEGER)
                        STRICT, WITHOUT ROWID;
                        CREATE TABLE place (location TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
                        -- What the source lists: files with their lengths, and what cannot be looked through with the reason.
                        CREATE TABLE listed (location TEXT PRIMARY KEY NOT NULL, byte_count INTEGER, fault TEXT)
                        STRICT, WITHOUT ROWID;
                        -- What the source should have and has not.
                        CREATE TABLE lost (
                            key TEXT PRIMARY KEY NOT NULL, location TEXT NOT NULL, byte_count INTEGER NOT NULL,
                            kind TEXT NOT NULL, media_type TEXT NOT NULL
                        ) STRICT, WITHOUT ROWID;
                        """
                )
            }
        } catch {
            throw Self.unusable(error)
        }
    }

    /// Takes objects in; answers those whose key was taken, each with the location that has it.
    func add(_ items: [MigrationItem]) async throws -> [(item: MigrationItem, holder: String)] {
        let taken: [(Int, String)] = try await perform { db in
            var taken: [(Int, String)] = []
            for (index, item) in items.enumerated() {
                try db.cachedStatement(sql: "INSERT OR IGNORE INTO place VALUES (?)")
                    .execute(arguments: [item.location])
                try db.cachedStatement(sql: "INSERT OR IGNORE INTO object VALUES (?, ?, ?)")
                    .execute(arguments: [item.targetKey, item.location, item.byteCount])
                guard db.changesCount == 0 else { continue }
                let statement = try db.cachedStatement(sql: "SELECT location FROM object WHERE key = ?")
                taken.append((index, try String.fetchOne(statement, arguments: [item.targetKey]) ?? ""))
            }
            return taken
        }
        return taken.map { (items[$0.0], $0.1) }
    }

    /// The lengths of the objects that have one of the keys, by the key's place in the list; nil inside where none is known.
    func sizes(keys: [String]) async throws -> [Int: Int64?] {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "SELECT byte_count FROM object WHERE key = ?")
            var sizes: [Int: Int64?] = [:]
            for (index, key) in keys.enumerated() {
                guard let row = try Row.fetchOne(statement, arguments: [key]) else { continue }
                let size: Int64? = row[0]
                sizes.updateValue(size, forKey: index)
            }
            return sizes
        }
    }

    func perform<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await queue.write(work)
        } catch let error as DatabaseError {
            throw Self.unusable(error)
        }
    }

    private static func unusable(_ error: any Error) -> MigrationError {
        MigrationError(scratch: "the plan cannot keep its notes", error)
            ?? MigrationError(
                .inventoryUnreadable,
                "the plan cannot keep its notes in \(NSTemporaryDirectory()): \(ForeignDatabase.reason(error))"
            )
    }
}
