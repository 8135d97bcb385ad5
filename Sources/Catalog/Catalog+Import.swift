package import Foundation
import GRDB

/// What became of records from elsewhere.
package struct ImportOutcome: Sendable, Equatable {
    /// A message that was not taken over.
    package struct Refusal: Sendable, Equatable {
        /// The message.
        package let messageID: UUID
        /// Why; holds no stored values.
        package let reason: String

        /// Makes a value.
        package init(messageID: UUID, reason: String) {
            self.messageID = messageID
            self.reason = reason
        }
    }

    /// Conversations that there were none of before.
    package var conversations = 0
    /// Users who did not take part before.
    package var participants = 0
    /// Messages that there were none of before.
    package var messages = 0
    /// Messages that were not taken over.
    package var refusals: [Refusal] = []

    /// Nothing yet.
    package init() {}
}

extension Catalog {
    /// Makes conversations, participants and messages known as they are elsewhere, all as one change; doing it twice does no
    /// harm.
    ///
    /// Nothing is taken away or changed: who takes part already keeps the role, what is there keeps its time. A message that
    /// is of no conversation, or that is known with another conversation or sender, is refused and does not keep the others
    /// out. Whoever was taken out of a conversation here, and is among the participants, is brought in again: callers leave
    /// those out whom they have brought before. Throws `constraint` where a participant is
    /// of no conversation, or an id is none.
    package func importRecords(
        conversations: [Conversation],
        participants: [Participant],
        messages: [Message]
    ) async throws(CatalogError) -> ImportOutcome {
        try await write { db in
            var outcome = ImportOutcome()
            for conversation in conversations {
                try db.run(
                    sql: "INSERT INTO conversation (id, created_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                    arguments: [conversation.id.text, conversation.createdAt.milliseconds]
                )
                outcome.conversations += db.changesCount
            }
            for participant in participants {
                try db.run(
                    sql: """
                        INSERT INTO participant (conversation_id, user_id, role) VALUES (?, ?, ?)
                        ON CONFLICT (conversation_id, user_id) DO NOTHING
                        """,
                    arguments: [participant.conversationID.text, participant.userID, participant.role.rawValue]
                )
                outcome.participants += db.changesCount
            }
            for message in messages {
                if let reason = try db.importMessage(message, &outcome.messages) {
                    outcome.refusals.append(ImportOutcome.Refusal(messageID: message.id, reason: reason))
                }
            }
            return outcome
        }
    }

    /// Those of the ids that conversations have.
    package func knownConversations(_ ids: [UUID]) async throws(CatalogError) -> Set<UUID> {
        try await read { db in
            let known = try db.texts(
                sql: "SELECT id FROM conversation WHERE id IN (SELECT value FROM json_each(?))",
                arguments: [try keyList(ids.map(\.text))]
            )
            return Set(known.compactMap(UUID.init(uuidString:)))
        }
    }

    /// Those of the ids that attachments have.
    package func knownAttachments(_ ids: [UUID]) async throws(CatalogError) -> Set<UUID> {
        try await read { db in
            let known = try db.texts(
                sql: "SELECT id FROM attachment WHERE id IN (SELECT value FROM json_each(?))",
                arguments: [try keyList(ids.map(\.text))]
            )
            return Set(known.compactMap(UUID.init(uuidString:)))
        }
    }

    /// Those of the ids that attachments have whose objects are, or were, in the store.
    package func adoptedAttachments(_ ids: [UUID], store: String) async throws(CatalogError) -> Set<UUID> {
        try await read { db in
            let adopted = try db.texts(
                sql: """
                    SELECT DISTINCT attachment_id FROM old_place
                    WHERE store = ? AND attachment_id IN (SELECT value FROM json_each(?))
                    """,
                arguments: [store, try keyList(ids.map(\.text))]
            )
            return Set(adopted.compactMap(UUID.init(uuidString:)))
        }
    }
}

extension Database {
    /// Answers why the message is not taken over; nil where it is there now.
    fileprivate func importMessage(_ message: Message, _ count: inout Int) throws -> String? {
        let sql = "SELECT * FROM message WHERE id = ?"
        if let stored = try row(sql: sql, arguments: [message.id.text]).map({ row in try Message(row: row) }) {
            let isSame = stored.conversationID == message.conversationID && stored.senderID == message.senderID
            return isSame ? nil : "the id belongs to another message"
        }
        guard try exists("SELECT 1 FROM conversation WHERE id = ?", [message.conversationID.text]) else {
            return "there is no such conversation"
        }
        try insertRow(
            into: "message",
            [
                "id": message.id.text.databaseValue,
                "conversation_id": message.conversationID.text.databaseValue,
                "sender_id": message.senderID.databaseValue,
                "created_at": message.createdAt.milliseconds.databaseValue,
            ]
        )
        count += 1
        return nil
    }
}
