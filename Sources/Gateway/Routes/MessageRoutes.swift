import Attachments
import Catalog
import Foundation
import Hummingbird

/// Messages: told by the app's back end, shown with their attachments to it and to the participants.
struct MessageRoutes: Sendable {
    let attachments: AttachmentService
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.add(
            "/messages/{id}",
            [
                .get: { try await show($0, $1) },
                .put: { try await put($0, $1) },
                .delete: { try await delete($0, $1) },
            ]
        )
    }

    /// A message that the requester may not see does not exist for them.
    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        guard
            let id = UUID(text: context.pathText("id")),
            let message = try await attachments.message(id: id, for: context.requester(of: request))
        else {
            throw RequestError.messageNotFound
        }
        let views = try await attachments.views(messageID: message.id)
        return .taggedJSON(MessageJSON(message, attachments: views), for: request)
    }

    private func put(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let id = try newID(context.pathText("id"), of: "A message's id")
        let input = try await context.body.decode(MessageInput.self)
        let conversationID = try newID(input.conversationID, of: "conversation_id")
        let message = Message(
            id: id,
            conversationID: conversationID,
            senderID: input.senderID.text,
            createdAt: Date()
        )
        do throws(CatalogError) {
            try await catalog.putMessage(message)
        } catch {
            guard error.code == .notFound else { throw error }
            throw RequestError.conversationNotFound
        }
        guard let stored = try await catalog.message(id: id) else { throw RequestError.messageNotFound }
        return try await answer(stored)
    }

    private func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let query = RequestQuery(request)
        let (isPurging, isRevoking) = (try query.flag("purge"), try query.flag("revoke"))
        let requester = context.requester(of: request)
        guard
            let id = UUID(text: context.pathText("id")),
            try await attachments.deleteMessage(id: id, by: requester, purging: isPurging, revoking: isRevoking)
        else {
            throw RequestError.messageNotFound
        }
        return try .json(NoticeJSON(message: "Message deleted successfully"))
    }

    private func answer(_ message: Message) async throws -> Response {
        .json(MessageJSON(message, attachments: try await attachments.views(messageID: message.id)))
    }

    private func newID(_ text: String, of what: String) throws -> UUID {
        guard let id = UUID(text: text) else {
            throw RequestError.invalid("\(what) must be a UUID; \"\(text.prefix(64))\" is not.")
        }
        return id
    }
}
