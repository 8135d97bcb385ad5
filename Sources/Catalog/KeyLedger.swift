import Foundation
import GRDB

/// An object as a listing of the storage has it.
package struct ListedObject: Sendable, Equatable {
    /// Its key.
    package let objectKey: String
    /// Its length in bytes.
    package let byteCount: Int64
    /// The entity tag as given; may be empty.
    package let etag: String
    /// When it was stored, in seconds since 1970 UTC; nil where the storage does not tell.
    package let storedAt: Int64?

    /// Makes a value.
    package init(objectKey: String, byteCount: Int64, etag: String, storedAt: Int64?) {
        self.objectKey = objectKey
        self.byteCount = byteCount
        self.etag = etag
        self.storedAt = storedAt
    }
}

/// A listing of the storage in the order of the keys' bytes, in a file without a name that is gone with the value.
///
/// A bucket may have more keys than memory, and not every server lists them in an order that can be relied on.
package final class KeyLedger: Sendable {
    private let queue: DatabaseQueue

    /// Makes an empty ledger; throws `cannotOpen` where there is no room for a temporary file.
    package init() throws(CatalogError) {
        do {
            // SQLite's name for a database on disk that no other connection finds.
            queue = try DatabaseQueue(path: "")
            try queue.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE listed (
                            object_key TEXT PRIMARY KEY NOT NULL,
                            byte_count INTEGER NOT NULL,
                            etag TEXT NOT NULL,
                            stored_at INTEGER
                        ) STRICT, WITHOUT ROWID
                        """
                )
            }
        } catch {
            throw CatalogError(code: .cannotOpen, message: "a listing cannot be kept: \(CatalogError(error).message)")
        }
    }

    /// Adds objects; one that is there already is replaced.
    package func add(_ objects: [ListedObject]) async throws(CatalogError) {
        do {
            try await queue.write { db in
                for object in objects {
                    try db.run(
                        sql:
                            "INSERT OR REPLACE INTO listed (object_key, byte_count, etag, stored_at) VALUES (?, ?, ?, ?)",
                        arguments: [object.objectKey, object.byteCount, object.etag, object.storedAt]
                    )
                }
            }
        } catch {
            throw CatalogError(error)
        }
    }

    /// Returns objects in the order of their keys: those after the given one, or the first.
    package func objects(after key: String? = nil, limit: Int) async throws(CatalogError) -> [ListedObject] {
        do {
            return try await queue.read { db in
                try db.rows(
                    sql: "SELECT * FROM listed WHERE object_key > ? ORDER BY object_key LIMIT ?",
                    arguments: [key ?? "", max(0, limit)]
                )
                .map { row in
                    ListedObject(
                        objectKey: try row.value("object_key"),
                        byteCount: try row.value("byte_count"),
                        etag: try row.value("etag"),
                        storedAt: try row.value("stored_at")
                    )
                }
            }
        } catch {
            throw CatalogError(error)
        }
    }

    /// Returns those of the keys that are not in the listing, in the given order.
    package func missing(among keys: [String]) async throws(CatalogError) -> [String] {
        do {
            let known = try await queue.read { db in
                try String.fetchSet(
                    db,
                    sql: "SELECT object_key FROM listed WHERE object_key IN (SELECT value FROM json_each(?))",
                    arguments: [try keyList(keys)]
                )
            }
            return keys.filter { !known.contains($0) }
        } catch {
            throw CatalogError(error)
        }
    }
}
