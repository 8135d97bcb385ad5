import Foundation
import GRDB
import Synchronization

// Keys that are the folders of others, as `a` is of `a/b`: S3 holds both, a storage that keeps objects as files does not.
extension MigrationJournal {
    private static let pending = "is_barred = 0 AND failure_code IS NULL AND state IN ('planned', 'copying')"
    /// The same within a range of keys.
    ///
    /// The sign keeps SQLite from the index of states, in which it expects few rows of each, and so would go through all that is
    /// to be sent for each range (https://sqlite.org/optoverview.html).
    private static let pendingInRange = "is_barred = 0 AND failure_code IS NULL AND +state IN ('planned', 'copying')"
    private static let arrived = "is_barred = 0 AND state IN ('copied', 'verified', 'recorded', 'changed', 'pruned')"
    /// From the slash to the byte that follows it.
    private static func isBelow(_ key: String, _ column: String = "target_key") -> String {
        "\(column) >= \(key) || '/' AND \(column) < \(key) || '0'"
    }
    /// Objects that are still to be sent, and that others lie below.
    static let folders = """
        SELECT id FROM object AS a WHERE \(pending) AND EXISTS (
            SELECT 1 FROM object AS b WHERE b.is_barred = 0 AND b.failure_code IS NULL AND b.state <> 'unwanted'
                AND \(isBelow("a.target_key", "b.target_key")))
        """
    /// Objects that are still to be sent below one that has arrived, which are looked for one folder after the other.
    static let belowArrived = """
        SELECT id FROM (SELECT target_key AS folder FROM object WHERE \(arrived)) CROSS JOIN object
        WHERE \(pendingInRange) AND \(isBelow("folder"))
        """
    /// Objects that are still to be sent below a key, which is to be bound twice.
    static let below = "SELECT id FROM object WHERE \(pendingInRange) AND \(isBelow("?"))"

    /// Whether there is such a pair of which one object is still to be sent.
    func hasFolders() async throws(MigrationError) -> Bool {
        try await read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (\(Self.folders)) OR EXISTS (\(Self.belowArrived))") ?? false
        }
    }

    /// Notes those that the target cannot hold as conflicts, and returns how many: the folder, where neither has arrived.
    func noteFolders() async throws(MigrationError) -> Int {
        try await noteFolders { db in
            try Self.conflict(ids: Self.folders, db) + Self.conflict(ids: Self.belowArrived, db)
        }
    }

    /// Those of the target's keys that an object to be sent lies below, or is the folder of.
    func folders(meeting keys: [String]) async throws(MigrationError) -> [String] {
        try await read { db in
            let below = try db.cachedStatement(sql: "SELECT EXISTS (\(Self.below))")
            let equal = try db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM object WHERE \(Self.pending) AND target_key = ?)"
            )
            return try keys.filter { key in
                if try Bool.fetchOne(below, arguments: [key, key]) == true { return true }
                for folder in FolderKeys.folders(of: key) where try Bool.fetchOne(equal, arguments: [folder]) == true {
                    return true
                }
                return false
            }
        }
    }

    /// Notes objects as conflicts that cannot stand beside these keys of the target's, and returns how many.
    func noteFolders(meeting keys: [String]) async throws(MigrationError) -> Int {
        try await noteFolders { db in
            var count = 0
            for key in keys {
                count += try Self.conflict(ids: Self.below, db, [key, key])
                for folder in FolderKeys.folders(of: key) {
                    let equal = "SELECT id FROM object WHERE \(Self.pending) AND target_key = ?"
                    count += try Self.conflict(ids: equal, db, [folder])
                }
            }
            return count
        }
    }

    private func noteFolders(
        _ note: @escaping @Sendable (Database) throws -> Int
    ) async throws(MigrationError) -> Int {
        let count = Mutex(0)
        try await writer.commit { db in
            let noted = try note(db)
            count.withLock { $0 = noted }
        }
        return count.withLock { $0 }
    }

    private static func conflict(ids: String, _ db: Database, _ keys: StatementArguments = []) throws -> Int {
        try db.execute(
            sql: """
                UPDATE object SET state = 'conflict', failure_code = ?, failure_message = target_key || ?, failed_at = ?,
                    is_transient = 0
                WHERE id IN (\(ids))
                """,
            arguments: [MigrationError.Code.targetTaken.rawValue, FolderKeys.advice, Date().milliseconds] + keys
        )
        return db.changesCount
    }
}
