package import Foundation
import GRDB

extension Catalog {
    /// Stores the message; storing it again changes nothing.
    ///
    /// Throws `notFound` for an unknown conversation, `constraint` when the id belongs to a message of another
    /// conversation or sender.
    package func putMessage(_ message: Message) async throws(CatalogError) {
        try await write(changing: .nothing) { db in
            if let stored = try db.message(message.id) {
                guard stored.conversationID == message.conversationID, stored.senderID == message.senderID else {
                    throw CatalogError(code: .constraint, message: "the id belongs to another message")
                }
                return
            }
            try db.requireConversation(message.conversationID)
            try db.insertRow(
                into: "message",
                [
                    "id": message.id.text.databaseValue,
                    "conversation_id": message.conversationID.text.databaseValue,
                    "sender_id": message.senderID.databaseValue,
                    "created_at": message.createdAt.milliseconds.databaseValue,
                ]
            )
        }
    }

    /// Returns the message, or nil when there is none.
    package func message(id: UUID) async throws(CatalogError) -> Message? {
        try lookUp { db in try db.message(id) }
    }

    /// Returns the message and the user's role in its conversation, or nil when there is no such message.
    package func membership(messageID: UUID, userID: String) async throws(CatalogError) -> MessageMembership? {
        try known { cache in
            cache.message(messageID, userID: userID).map { MessageMembership(message: $0.message, role: $0.role) }
        } else: { epoch throws(CatalogError) -> MessageMembership? in
            let found = try readMembership(messageID: messageID, userID: userID)
            if let found { cache.keep(found.message, role: found.role, of: userID, since: epoch) }
            return found
        }
    }

    private func readMembership(messageID: UUID, userID: String) throws(CatalogError) -> MessageMembership? {
        try lookUp { db in
            try db.row(
                sql: """
                    SELECT message.*, participant.role
                    FROM message
                    LEFT JOIN participant
                        ON participant.conversation_id = message.conversation_id AND participant.user_id = ?
                    WHERE message.id = ?
                    """,
                arguments: [userID, messageID.text]
            )
            .map { row in MessageMembership(message: try Message(row: row), role: try row.optionalChoice("role")) }
        }
    }

    /// Deletes the message and its attachments, and queues the deletion of their objects, or has them wait in the trash.
    ///
    /// Returns false when there was none. The activity log stays. Very many attachments go as those of a conversation do.
    package func deleteMessage(
        id: UUID,
        terms: DeletionTerms = DeletionTerms(),
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let webhooks = webhooks
        try await deleteInLots(where: "message_id = ?", id, terms: terms, at: date)
        return try await write { db in
            try db.deleteAttachments(where: "message_id = ?", [id.text], terms: terms, at: date, telling: webhooks)
            try db.run(sql: "DELETE FROM message WHERE id = ?", arguments: [id.text])
            return db.changesCount > 0
        }
    }

    /// Deletes attachments that meet the condition, a lot in a transaction, until less than a lot is left.
    func deleteInLots(
        where condition: String,
        _ id: UUID,
        terms: DeletionTerms,
        at date: Date
    ) async throws(CatalogError) {
        let webhooks = webhooks
        var isMore = true
        while isMore {
            isMore = try await write { db in
                let ids = try db.texts(
                    sql: "SELECT id FROM attachment WHERE \(condition) LIMIT ?",
                    arguments: [id.text, Self.deletionsAtOnce]
                )
                guard ids.count == Self.deletionsAtOnce else { return false }
                try db.deleteAttachments(
                    where: "id IN (SELECT value FROM json_each(?))",
                    [try keyList(ids)],
                    terms: terms,
                    at: date,
                    telling: webhooks
                )
                return true
            }
        }
    }

    /// So many attachments are deleted in one transaction: it holds up all other writes.
    package static let deletionsAtOnce = 500
}

extension Database {
    fileprivate func message(_ id: UUID) throws -> Message? {
        try row(sql: "SELECT * FROM message WHERE id = ?", arguments: [id.text])
            .map { row in try Message(row: row) }
    }

    /// Deletes the attachments that meet the condition: into the trash where the terms say so, else for good.
    func deleteAttachments(
        where condition: String,
        _ arguments: StatementArguments,
        terms: DeletionTerms,
        at date: Date,
        telling webhooks: WebhookTargets
    ) throws {
        if !webhooks.names(for: .deleted).isEmpty {
            let doomed = try Row.fetchCursor(
                self,
                sql: "SELECT * FROM attachment WHERE \(condition) ORDER BY id",
                arguments: arguments
            )
            while let row = try doomed.next() {
                try recordEvent(.deleted, of: Attachment(self, row: row), at: date, for: webhooks)
            }
        }
        if terms.keeps { try trashAttachments(where: condition, arguments, terms: terms, at: date) }
        try purgeAttachments(where: condition, arguments, terms: terms, at: date)
    }

    /// Deletes the attachments that meet the condition, logs it, and queues the deletion of their objects.
    ///
    /// Nothing is logged of those that did not pass the scan: their files are given up, and that is in the log, since then.
    private func purgeAttachments(
        where condition: String,
        _ arguments: StatementArguments,
        terms: DeletionTerms,
        at date: Date
    ) throws {
        let userID = terms.userID
        let keys = try texts(
            sql: """
                WITH doomed AS (SELECT id, object_key FROM attachment WHERE \(condition))
                SELECT object_key AS key, id FROM doomed
                UNION ALL
                SELECT rendition.object_key, id FROM doomed JOIN rendition ON rendition.attachment_id = id
                ORDER BY id, key
                """,
            arguments: arguments
        )
        try run(
            sql: """
                INSERT INTO activity (user_id, action, description, attachment_id, occurred_at, cause)
                SELECT coalesce(?, uploaded_by), 'file_purged', 'Purged ' || file_name, id, ?, ?
                FROM attachment WHERE (\(condition)) AND hold IS NOT 'infected' ORDER BY id
                """,
            arguments: [userID, date.milliseconds, PurgeCause.deleted.rawValue] + arguments
        )
        try run(
            sql: "DELETE FROM rendition WHERE attachment_id IN (SELECT id FROM attachment WHERE \(condition))",
            arguments: arguments
        )
        let ids = try texts(sql: "SELECT id FROM attachment WHERE \(condition)", arguments: arguments)
        try noteCancelledJobs(ofAttachments: ids, because: .deleted, at: date)
        try run(sql: "DELETE FROM attachment WHERE \(condition)", arguments: arguments)
        try deferOldDeletions(ofAttachments: ids, terms: terms, at: date)
        try hastenPurges(attachmentIDs: ids, at: date)
        try enqueueDeletion(of: keys, userID: userID, at: date)
    }
}
