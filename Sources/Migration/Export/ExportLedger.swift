import Foundation
import GRDB

/// Which keys an export is about to bring: in a scratch file of SQLite's, for there may be millions.
///
/// A key that others lie below, as `a` beside `a/b`, cannot be a file of that name; that has to be known before either is written.
final class ExportLedger: Sendable {
    private let queue: DatabaseQueue

    /// An empty one; SQLite deletes its file with the connection.
    init() throws(MigrationError) {
        do {
            var configuration = Configuration()
            configuration.label = "migration.export"
            // An empty path stands for a file without a name (https://sqlite.org/c3ref/open.html).
            queue = try DatabaseQueue(path: "", configuration: configuration)
            try queue.write { db in
                // Bytes, for a key may have a NUL in it, at which text would end.
                try db.execute(sql: "CREATE TABLE object (key BLOB PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID")
            }
        } catch {
            throw Self.unusable(error)
        }
    }

    /// Takes keys in.
    func add(_ keys: [String]) async throws {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO object VALUES (?)")
            for key in keys { try statement.execute(arguments: [Data(key.utf8)]) }
        }
    }

    /// Those of the keys that others lie below, as their bytes.
    func folders(among keys: [String]) async throws -> Set<[UInt8]> {
        try await perform { db in
            // From the slash to the byte that follows it.
            let statement = try db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM object WHERE key >= ? AND key < ?)"
            )
            var folders: Set<[UInt8]> = []
            for key in keys {
                let (first, end) = (Data(key.utf8) + [0x2F], Data(key.utf8) + [0x30])
                if try Bool.fetchOne(statement, arguments: [first, end]) == true { folders.insert(Array(key.utf8)) }
            }
            return folders
        }
    }

    private func perform<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value
    {
        do {
            return try await queue.write(work)
        } catch let error as DatabaseError {
            throw Self.unusable(error)
        }
    }

    private static func unusable(_ error: any Error) -> MigrationError {
        MigrationError(scratch: "the export cannot keep its notes", error)
            ?? MigrationError(
                .outputUnwritable,
                "the export cannot keep its notes in \(NSTemporaryDirectory()): \(ForeignDatabase.reason(error))"
            )
    }
}
