package import Foundation
import GRDB

/// An object that the catalog says is in the storage.
package struct StoredObjectRecord: Sendable, Equatable {
    /// Its key.
    package let objectKey: String
    /// Its length in bytes.
    package let byteCount: Int64
}

extension Catalog {
    /// Returns originals that are in the storage by what the catalog knows, at most `limit`; what a scanner did not let pass is not.
    ///
    /// One half is the latest, which an older copy of the bucket lacks; the other is drawn from all, so that a bucket that was
    /// begun anew is told, too.
    package func storedSample(limit: Int) async throws(CatalogError) -> [StoredObjectRecord] {
        try await read { db in
            try db.rows(
                sql: """
                    WITH stored AS (
                        SELECT id, object_key, file_size, uploaded_at FROM attachment
                        WHERE hold IS NOT 'infected' AND NOT EXISTS (
                            SELECT 1 FROM old_place
                            WHERE old_place.object_key = attachment.object_key AND old_place.state = 'waiting'
                        )
                    ),
                    latest AS (SELECT * FROM stored ORDER BY uploaded_at DESC, id DESC LIMIT ?1 - ?1 / 2)
                    SELECT object_key, file_size FROM latest
                    UNION ALL
                    SELECT object_key, file_size FROM (
                        SELECT * FROM stored WHERE id NOT IN (SELECT id FROM latest) ORDER BY random() LIMIT ?1 / 2
                    )
                    """,
                arguments: [limit]
            )
            .map { row in
                StoredObjectRecord(objectKey: try row.value("object_key"), byteCount: try row.value("file_size"))
            }
        }
    }

    /// Notes that the objects are in the storage of that identity: it is the one of before under another name.
    ///
    /// The caller has seen that they are. Throws `inUse` where the catalog was not opened exclusively, a worker is alive, or
    /// objects wait in the very place that is to be the storage: then it is not the one of before.
    package func adoptStorage(_ identity: String, at date: Date = Date()) async throws(CatalogError) {
        guard isExclusive else {
            throw CatalogError(
                code: .inUse,
                message: "the name of the storage can only be changed while no server runs"
            )
        }
        try await write { db in
            try db.refuseWhileWorked(at: date)
            guard try !db.exists("SELECT 1 FROM old_place WHERE store = ? AND state = 'waiting'", [identity]) else {
                throw CatalogError(
                    code: .inUse,
                    message: "objects wait in \(identity) to be moved: it is another place than the storage of before"
                )
            }
            try db.setMeta(.storage, to: identity)
        }
    }
}
