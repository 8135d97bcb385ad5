package import Foundation
import GRDB

extension Catalog {
    /// Returns a page of all attachments in the order of their ids: those after the given one, or the first.
    package func attachments(after id: UUID? = nil, limit: Int) async throws(CatalogError) -> [Attachment] {
        let start = id?.text ?? ""
        return try await read { db in
            try db.rows(
                sql: "SELECT * FROM attachment WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [start, max(0, limit)]
            )
            .map { row in try Attachment(db, row: row) }
        }
    }

    /// Returns a page of all conversations in the order of their ids, each with its participants by user id: those after the
    /// given one, or the first.
    package func conversations(
        after id: UUID? = nil,
        limit: Int
    ) async throws(CatalogError) -> [(conversation: Conversation, participants: [Participant])] {
        let start = id?.text ?? ""
        return try await read { db in
            let conversations =
                try db.rows(
                    sql: "SELECT * FROM conversation WHERE id > ? ORDER BY id LIMIT ?",
                    arguments: [start, max(0, limit)]
                )
                .map { row in try Conversation(row: row) }
            let participants =
                try db.rows(
                    sql: """
                        SELECT * FROM participant WHERE conversation_id IN (SELECT value FROM json_each(?))
                        ORDER BY conversation_id, user_id
                        """,
                    arguments: [try keyList(conversations.map(\.id.text))]
                )
                .map { row in try Participant(row: row) }
            let byConversation = Dictionary(grouping: participants, by: \.conversationID)
            return conversations.map { ($0, byConversation[$0.id] ?? []) }
        }
    }

    /// Returns a page of all messages in the order of their ids: those after the given one, or the first.
    package func messages(after id: UUID? = nil, limit: Int) async throws(CatalogError) -> [Message] {
        let start = id?.text ?? ""
        return try await read { db in
            try db.rows(
                sql: "SELECT * FROM message WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [start, max(0, limit)]
            )
            .map { row in try Message(row: row) }
        }
    }
}
