import Foundation
import GRDB

// Keys of which one is the folder of another.
extension PlanLedger {
    /// An object whose key is the folder of another's, or lies below it.
    struct Folder: Sendable {
        let location: String
        let key: String
        let other: String
    }

    /// The first objects that others lie below, and how many there are.
    func folders(limit: Int) async throws -> (first: [Folder], count: Int64) {
        try await perform { db in
            let below = "FROM object AS b WHERE b.key >= a.key || '/' AND b.key < a.key || '0'"
            let condition = "EXISTS (SELECT 1 \(below))"
            let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM object AS a WHERE \(condition)") ?? 0
            guard count > 0 else { return ([], 0) }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT a.location, a.key, (SELECT min(b.key) \(below)) AS other FROM object AS a WHERE \(condition)
                    ORDER BY a.key LIMIT ?
                    """,
                arguments: [limit]
            )
            return (rows.map { Folder(location: $0["location"], key: $0["key"], other: $0["other"]) }, count)
        }
    }

    /// For each of the target's keys the first object that lies below it, or is the folder of it.
    func folders(meeting keys: [String]) async throws -> [Folder] {
        try await perform { db in
            let below = try db.cachedStatement(
                sql: "SELECT location, key FROM object WHERE key >= ?1 || '/' AND key < ?1 || '0' ORDER BY key LIMIT 1"
            )
            let equal = try db.cachedStatement(sql: "SELECT location, key FROM object WHERE key = ?")
            var met: [Folder] = []
            for key in keys {
                var row = try Row.fetchOne(below, arguments: [key])
                for folder in FolderKeys.folders(of: key) where row == nil {
                    row = try Row.fetchOne(equal, arguments: [folder])
                }
                if let row { met.append(Folder(location: row["location"], key: row["key"], other: key)) }
            }
            return met
        }
    }
}
