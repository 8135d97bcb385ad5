import Catalog
import Foundation
import GRDB

// Who was brought into which conversation: whoever was taken out since is not to be brought in again.
extension MigrationJournal {
    /// Leaves those out that an earlier reading of the inventory brought into a conversation that is among the known ones.
    ///
    /// Into a conversation that the catalog does not have, all are brought: it was deleted, or the catalog is another one. Who was brought
    /// into that is forgotten, for later batches may name more of its participants, when it is known again.
    func withoutBrought(
        _ conversations: [ImportedConversation],
        known: Set<UUID>
    ) async throws(MigrationError) -> [ImportedConversation] {
        let ids = Set(conversations.map(\.conversation.id))
        guard !ids.isEmpty else { return conversations }
        let brought = try await read { db in
            var brought: [UUID: Set<ExactText>] = [:]
            let statement = try db.cachedStatement(
                sql: "SELECT user_id FROM brought_participant WHERE conversation_id = ?"
            )
            for id in ids {
                let users = try String.fetchAll(statement, arguments: [id.text])
                if !users.isEmpty { brought[id] = Set(users.map(ExactText.init)) }
            }
            return brought
        }
        try await forgetBrought(brought.keys.filter { !known.contains($0) })
        return conversations.map { imported in
            let id = imported.conversation.id
            guard known.contains(id), let users = brought[id] else { return imported }
            var imported = imported
            imported.participants.removeAll { users.contains(ExactText($0.userID)) }
            return imported
        }
    }

    private func forgetBrought(_ ids: [UUID]) async throws(MigrationError) {
        guard !ids.isEmpty else { return }
        // Durable before the conversations are there: after a death between the two they would count as known.
        try await writer.commit { db in
            let statement = try db.cachedStatement(sql: "DELETE FROM brought_participant WHERE conversation_id = ?")
            for id in ids { try statement.execute(arguments: [id.text]) }
        }
    }

    /// Notes who is in the catalog by now; what a death keeps from being noted is brought once more.
    func noteBrought(_ conversations: [ImportedConversation]) throws(MigrationError) {
        let participants = conversations.flatMap(\.participants)
        guard !participants.isEmpty else { return }
        try writer.add { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR IGNORE INTO brought_participant (conversation_id, user_id) VALUES (?, ?)"
            )
            for participant in participants {
                try statement.execute(arguments: [participant.conversationID.text, participant.userID])
            }
        }
    }
}
