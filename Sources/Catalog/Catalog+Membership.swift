package import Foundation
import GRDB

/// What a change of a conversation's participants did.
package struct ParticipantChange: Sendable, Equatable {
    /// The users who took part before and do not any more, by id.
    package let removed: [String]
    /// How many attachments' URLs are going to end.
    package let revocations: Int

    /// Makes a value; nothing is stored by it.
    package init(removed: [String], revocations: Int) {
        self.removed = removed
        self.revocations = revocations
    }
}

extension Catalog {
    /// Returns the user's role in the conversation (nil inside for a stranger), or nil when there is no such conversation.
    package func role(
        conversationID: UUID,
        userID: String
    ) async throws(CatalogError) -> (isKnown: Bool, role: ParticipantRole?) {
        try lookUp { db -> (isKnown: Bool, role: ParticipantRole?) in
            let row = try db.row(
                sql: """
                    SELECT participant.role
                    FROM conversation
                    LEFT JOIN participant
                        ON participant.conversation_id = conversation.id AND participant.user_id = ?
                    WHERE conversation.id = ?
                    """,
                arguments: [userID, conversationID.text]
            )
            return (isKnown: row != nil, role: try row?.optionalChoice("role"))
        }
    }

    /// Adds participants or gives them roles, and removes others, as one change; repeating it changes nothing.
    ///
    /// With `replacing`, everyone who is not put is removed. With `revoking`, and where anyone was removed, the URLs of all of
    /// the conversation's attachments are going to end: the jobs for it are queued in the same transaction. Throws `notFound`
    /// for an unknown conversation, `constraint` for a participant of another one.
    package func changeParticipants(
        conversationID: UUID,
        put: [Participant],
        remove: [String] = [],
        replacing: Bool = false,
        revoking: Bool = false,
        at date: Date = Date()
    ) async throws(CatalogError) -> ParticipantChange {
        try await write { db in
            try db.requireConversation(conversationID)
            let before = try db.participantIDs(conversationID)
            if replacing {
                try db.run(
                    sql: "DELETE FROM participant WHERE conversation_id = ?",
                    arguments: [conversationID.text]
                )
            }
            for participant in put {
                guard participant.conversationID == conversationID else {
                    throw CatalogError(code: .constraint, message: "a participant belongs to another conversation")
                }
                try db.putParticipant(participant)
            }
            for userID in remove {
                try db.run(
                    sql: "DELETE FROM participant WHERE conversation_id = ? AND user_id = ?",
                    arguments: [conversationID.text, userID]
                )
            }
            let removed = before.subtracting(try db.participantIDs(conversationID)).map(\.text).sorted()
            let count = revoking && !removed.isEmpty ? try db.enqueueRevocations(conversationID, at: date) : 0
            return ParticipantChange(removed: removed, revocations: count)
        }
    }

    /// Has the URLs of all of the conversation's attachments end, and returns how many attachments that are.
    ///
    /// For memberships that the catalog does not keep. None for an unknown conversation.
    package func revokeConversation(id: UUID, at date: Date = Date()) async throws(CatalogError) -> Int {
        try await write { db in try db.enqueueRevocations(id, at: date) }
    }
}

extension Database {
    fileprivate func participantIDs(_ conversationID: UUID) throws -> Set<ExactText> {
        let ids = try texts(
            sql: "SELECT user_id FROM participant WHERE conversation_id = ?",
            arguments: [conversationID.text]
        )
        return Set(ids.map(ExactText.init))
    }

    /// Queues one revocation for each attachment of which there are URLs; one that is queued already is due at once, and one
    /// under way ends what was handed out before its end.
    fileprivate func enqueueRevocations(_ conversationID: UUID, at date: Date) throws -> Int {
        try run(
            sql: """
                INSERT INTO job (
                    kind, attachment_id, user_id, object_keys, attempts, delays, leased, run_after, created_at
                )
                SELECT 'revoke', id, uploaded_by, '[]', 0, 0, 0, ?, ?
                FROM attachment WHERE conversation_id = ? AND hold IS NULL
                ON CONFLICT (attachment_id, kind, name)
                DO UPDATE SET run_after = min(run_after, excluded.run_after) WHERE leased = 0
                """,
            arguments: [date.milliseconds, date.milliseconds, conversationID.text]
        )
        try revokeTrash(where: "conversation_id = ?", [conversationID.text])
        let count = try Int.fetchOne(
            cachedStatement(sql: "SELECT count(*) FROM attachment WHERE conversation_id = ? AND hold IS NULL"),
            arguments: [conversationID.text]
        )
        return count ?? 0
    }
}
