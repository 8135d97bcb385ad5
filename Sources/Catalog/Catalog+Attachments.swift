package import Foundation
import GRDB

extension Catalog {
    /// Returns the attachment, or nil when there is none.
    package func attachment(id: UUID) async throws(CatalogError) -> Attachment? {
        try lookUp { db in try Attachment.fetch(db, id: id) }
    }

    /// Returns the attachment, its conversation and the user's role there (nil for a stranger), or nil when there is none.
    package func attachmentWithMembership(
        id: UUID,
        userID: String
    ) async throws(CatalogError) -> (attachment: Attachment, conversationID: UUID, role: ParticipantRole?)? {
        typealias Found = (attachment: Attachment, conversationID: UUID, role: ParticipantRole?)
        return try known {
            $0.attachment(id, userID: userID)
        } else: { epoch throws(CatalogError) -> Found? in
            let found = try readAttachmentWithMembership(id: id, userID: userID)
            if let found {
                cache.keep(
                    found.attachment,
                    conversationID: found.conversationID,
                    role: found.role,
                    of: userID,
                    since: epoch
                )
            }
            return found
        }
    }

    private func readAttachmentWithMembership(
        id: UUID,
        userID: String
    ) throws(CatalogError) -> (attachment: Attachment, conversationID: UUID, role: ParticipantRole?)? {
        try lookUp { db -> (attachment: Attachment, conversationID: UUID, role: ParticipantRole?)? in
            let row = try db.row(
                sql: """
                    SELECT attachment.*, message.conversation_id AS conversation, participant.role
                    FROM attachment
                    JOIN message ON message.id = attachment.message_id
                    LEFT JOIN participant
                        ON participant.conversation_id = message.conversation_id AND participant.user_id = ?
                    WHERE attachment.id = ?
                    """,
                arguments: [userID, id.text]
            )
            guard let row else { return nil }
            return (
                attachment: try Attachment(db, row: row),
                conversationID: try row.value("conversation"),
                role: try row.optionalChoice("role")
            )
        }
    }

    /// Returns the attachments of a message, oldest first; none for an unknown message.
    package func attachments(messageID: UUID) async throws(CatalogError) -> [Attachment] {
        try await read { db in
            try db.rows(
                sql: "SELECT * FROM attachment WHERE message_id = ? ORDER BY uploaded_at, id",
                arguments: [messageID.text]
            )
            .map { row in try Attachment(db, row: row) }
        }
    }

    /// Deletes the attachment, queues the deletion of its objects, and writes the log.
    ///
    /// Returns nil when there was none. Its jobs end as cancelled. The log gets the given line, and one of the purge unless a failed
    /// scan has given up the file before.
    package func deleteAttachment(id: UUID, activity: Activity) async throws(CatalogError) -> DeletedAttachment? {
        let webhooks = webhooks
        return try await write(changing: .attachment(id)) { db in
            guard let attachment = try Attachment.fetch(db, id: id) else { return nil }
            return try db.deleteAttachment(attachment, activity: activity, telling: webhooks)
        }
    }

    /// Returns those of the keys that an attachment refers to, one that can be restored included; an upload under way does
    /// not count.
    ///
    /// A rendition counts once the processing is finished, not while it is being made. What a scanner did not let pass refers to
    /// nothing, but for what the source of its migration has under the same key in the storage.
    package func referencedObjectKeys(among keys: [String]) async throws(CatalogError) -> Set<String> {
        try await read { db in try db.referencedObjectKeys(among: keys) }
    }
}

extension Database {
    /// Deletes an attachment for good, and its events, log and deletion of objects come with it.
    func deleteAttachment(
        _ attachment: Attachment,
        activity: Activity,
        telling webhooks: WebhookTargets
    ) throws -> DeletedAttachment {
        let (id, date) = (attachment.id, activity.occurredAt)
        try recordEvent(.deleted, of: attachment, at: date, for: webhooks)
        try deleteRenditions(attachmentID: id)
        try noteCancelledJobs(ofAttachments: [id.text], because: .deleted, at: date)
        try run(sql: "DELETE FROM attachment WHERE id = ?", arguments: [id.text])
        try hastenPurges(attachmentIDs: [id.text], at: date)
        try activity.insert(self)
        // Of a file that did not pass the scan only the note is left: what there was to purge is in the log since then.
        if attachment.hold != .infected { try attachment.purge(after: activity).insert(self) }
        let job = try enqueue(
            .purge,
            userID: activity.userID,
            objectKeys: attachment.objectKeys,
            at: date
        )
        return DeletedAttachment(attachment: attachment, job: job)
    }

    func referencedObjectKeys(among keys: [String]) throws -> Set<String> {
        let referenced = try String.fetchSet(
            self,
            sql: """
                WITH asked AS (SELECT value AS key FROM json_each(?))
                SELECT object_key FROM attachment
                WHERE object_key IN (SELECT key FROM asked) AND hold IS NOT 'infected'
                UNION
                SELECT object_key FROM rendition WHERE object_key IN (SELECT key FROM asked)
                UNION
                SELECT object_key FROM trash_object WHERE object_key IN (SELECT key FROM asked)
                """,
            arguments: [try keyList(keys)]
        )
        return referenced.union(try sourceKeys(among: keys))
    }
}
