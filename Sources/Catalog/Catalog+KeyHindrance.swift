package import Foundation
import GRDB

/// What keeps new objects from being stored under keys.
package enum KeyHindrance: Sendable, Equatable {
    /// Something is being stored under one of them, or was by a process that is dead: the intent goes when that is settled.
    case intent
    /// An object under one of them is still to be deleted.
    case deletion
    /// An earlier rendition of the attachment is still to be moved from its old place.
    case move
}

extension Catalog {
    /// Returns why `insertIntents` would refuse the keys of renditions of the attachment at this moment; nil where it would not.
    ///
    /// It costs a look, and saves the work whose outcome could not be stored. By the end of that the answer may be another.
    package func hindrance(
        toStoringUnder keys: [String],
        renditionsOf attachmentID: UUID
    ) async throws(CatalogError) -> KeyHindrance? {
        try await read { db in
            if try !db.intentKeys(among: keys).isEmpty { return .intent }
            if try db.hasDeletion(ofAny: keys) { return .deletion }
            return try db.hasWaitingRenditions(of: attachmentID) ? .move : nil
        }
    }
}

extension Database {
    /// Whether the deletion of an object under one of the keys is queued.
    func hasDeletion(ofAny keys: [String]) throws -> Bool {
        try exists(
            """
            SELECT 1 FROM job, json_each(job.object_keys) AS doomed
            WHERE job.kind = 'purge' AND doomed.value IN (SELECT value FROM json_each(?))
            """,
            [try keyList(keys)]
        )
    }

    /// Whether a rendition of the attachment is still to be moved from its old place.
    func hasWaitingRenditions(of attachmentID: UUID) throws -> Bool {
        try exists(
            """
            SELECT 1 FROM old_place JOIN rendition USING (attachment_id, object_key)
            WHERE old_place.attachment_id = ? AND old_place.state = 'waiting'
            """,
            [attachmentID.text]
        )
    }
}
