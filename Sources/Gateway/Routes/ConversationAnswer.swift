import Catalog
import Foundation
import Hummingbird

// What all routes of a conversation begin and end with.

extension AuthenticatedContext {
    /// The conversation that the path names.
    ///
    /// A malformed id is the id of nothing: the same 404 as for any other.
    func conversationID() throws -> UUID {
        guard let id = UUID(text: pathText("id")) else { throw RequestError.conversationNotFound }
        return id
    }
}

extension Catalog {
    /// A conversation with its participants, as it is now; throws `conversation_not_found` where there is none.
    func conversationAnswer(id: UUID) async throws -> Response {
        guard let conversation = try await conversation(id: id) else {
            throw RequestError.conversationNotFound
        }
        let participants = try await participants(conversationID: id)
        return try .json(ConversationJSON(conversation, participants: participants))
    }
}
