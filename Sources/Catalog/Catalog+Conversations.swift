package import Foundation
import GRDB

extension Catalog {
    /// Makes the conversation if there is none, and replaces its participants if any list, even an empty one, is given.
    package func putConversation(
        id: UUID,
        participants: [Participant]? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) {
        try await write { db in
            try db.run(
                sql: "INSERT INTO conversation (id, created_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                arguments: [id.text, date.milliseconds]
            )
            guard let participants else { return }
            try db.run(sql: "DELETE FROM participant WHERE conversation_id = ?", arguments: [id.text])
            for participant in participants {
                guard participant.conversationID == id else {
                    throw CatalogError(code: .constraint, message: "a participant belongs to another conversation")
                }
                try db.putParticipant(participant)
            }
        }
    }

    /// Returns the conversation, or nil when there is none.
    package func conversation(id: UUID) async throws(CatalogError) -> Conversation? {
        try await read { db in
            try db.row(sql: "SELECT * FROM conversation WHERE id = ?", arguments: [id.text])
                .map { row in try Conversation(row: row) }
        }
    }

    /// Deletes the conversation, its messages and their attachments, and queues the deletion of the objects, or has them wait
    /// in the trash.
    ///
    /// Returns false when there was none. The activity log stays. Of very many attachments most go in transactions before the last, so
    /// that other writes do not wait for all of them: where one of these fails, the conversation is there with the rest of them.
    package func deleteConversation(
        id: UUID,
        terms: DeletionTerms = DeletionTerms(),
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let webhooks = webhooks
        let condition = "message_id IN (SELECT id FROM message WHERE conversation_id = ?)"
        try await deleteInLots(where: condition, id, terms: terms, at: date)
        return try await write { db in
            try db.deleteAttachments(where: condition, [id.text], terms: terms, at: date, telling: webhooks)
            try db.run(sql: "DELETE FROM conversation WHERE id = ?", arguments: [id.text])
            return db.changesCount > 0
        }
    }

    /// Adds the participant, or gives the one there is the role.
    ///
    /// Throws `notFound` for an unknown conversation.
    package func putParticipant(_ participant: Participant) async throws(CatalogError) {
        try await write { db in
            try db.requireConversation(participant.conversationID)
            try db.putParticipant(participant)
        }
    }

    /// Removes the user from the conversation.
    ///
    /// Returns false when the user was no participant.
    package func removeParticipant(conversationID: UUID, userID: String) async throws(CatalogError) -> Bool {
        try await write { db in
            try db.run(
                sql: "DELETE FROM participant WHERE conversation_id = ? AND user_id = ?",
                arguments: [conversationID.text, userID]
            )
            return db.changesCount > 0
        }
    }

    /// Returns the participants by user id; none for an unknown conversation.
    package func participants(conversationID: UUID) async throws(CatalogError) -> [Participant] {
        try await read { db in
            try db.rows(
                sql: "SELECT * FROM participant WHERE conversation_id = ? ORDER BY user_id",
                arguments: [conversationID.text]
            )
            .map { row in try Participant(row: row) }
        }
    }
}

extension Database {
    func requireConversation(_ id: UUID) throws {
        guard try exists("SELECT 1 FROM conversation WHERE id = ?", [id.text]) else {
            throw CatalogError(code: .notFound, message: "there is no such conversation")
        }
    }

    func putParticipant(_ participant: Participant) throws {
        try run(
            sql: """
                INSERT INTO participant (conversation_id, user_id, role) VALUES (?, ?, ?)
                ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role
                """,
            arguments: [participant.conversationID.text, participant.userID, participant.role.rawValue]
        )
    }
}
