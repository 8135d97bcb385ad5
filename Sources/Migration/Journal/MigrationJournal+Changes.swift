import Foundation
import GRDB

// Files that are overwritten at the source after they arrived. That something else is there is seen by the inventory, which
// lists or looks at each file anyway; only those are read again.
extension MigrationJournal {
    /// Notes the version that an inventory saw of an object, where it is another than the one that arrived.
    ///
    /// One that is whole in the target and not proved is sent anew, for nobody has been told of it. Renditions are left as
    /// they arrived: they are made of an original, and can be made of it again. A file under
    /// the name of a pruned one is looked at too, so that the operator is told of it; it replaces nothing.
    static func noteVersion(_ version: String, of item: MigrationItem, key: String, in db: Database) throws {
        guard item.rendition == nil else { return }
        try db.cachedStatement(
            sql: """
                UPDATE object SET state = CASE WHEN state = 'copied' THEN 'planned' ELSE 'changed' END, is_seen = 1,
                    changed_version = ?1, failure_code = NULL, failure_message = NULL, failed_at = NULL, is_transient = 0
                WHERE target_key = ?2 AND location = ?3 AND is_barred = 0
                    AND state IN ('copied', 'verified', 'recorded', 'pruned', 'changed')
                    AND coalesce(source_version, '') NOT IN ('', ?1) AND settled_version IS NOT ?1
                """
        )
        .execute(arguments: [version, key, item.location])
    }

    /// The key that the attachment's file was taken in with: where the record does not tell when it was uploaded, the key
    /// hangs on the file's own time, and a file that was written to would be taken for another.
    static func knownKey(of item: MigrationItem, in db: Database) throws -> String? {
        guard let id = item.attachmentID else { return nil }
        return try String.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT target_key FROM object
                    WHERE location = ? AND attachment_id = ? AND rendition IS ? AND is_barred = 0 ORDER BY id LIMIT 1
                    """
            ),
            arguments: [item.location, id.uuidString.lowercased(), item.rendition]
        )
    }

    /// Leaves attachments at what arrived of them though the source has other bytes by now, and returns how many.
    ///
    /// The next run tells the catalog where it does not know; a prune still leaves the files at the source alone.
    package func keepArrived() async throws(MigrationError) -> Int {
        try await change(
            sql: """
                UPDATE object SET state = 'verified', settled_version = changed_version, changed_version = NULL,
                    failure_code = NULL, failure_message = NULL, failed_at = NULL, is_transient = 0
                WHERE state = 'changed' AND failure_code = 'source_changed' AND attachment_id IS NOT NULL
                """
        )
    }
}
