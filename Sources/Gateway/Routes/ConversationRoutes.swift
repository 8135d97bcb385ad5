import Attachments
import Catalog
import Foundation
import Hummingbird

/// How the app's back end tells who talks with whom; every route needs the service scope.
struct ConversationRoutes: Sendable {
    let attachments: AttachmentService
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.add(
            "/conversations/{id}",
            [
                .get: { try await show($0, $1) },
                .put: { try await put($0, $1) },
                .delete: { try await delete($0, $1) },
            ]
        )
        table.add(
            "/conversations/{id}/participants/{user}",
            [.put: { try await putParticipant($0, $1) }, .delete: { try await removeParticipant($0, $1) }]
        )
    }

    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        return try await catalog.conversationAnswer(id: try context.conversationID())
    }

    private func put(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let id = try newID(context)
        let isRevoking = try RequestQuery(request).flag("revoke")
        let input = try await context.body.decode(ConversationInput.self, empty: ConversationInput())
        try await catalog.putConversation(id: id)
        if let participants = input.participants?.participants(of: id) {
            do throws(CatalogError) {
                _ = try await attachments.changeParticipants(
                    conversationID: id,
                    put: participants,
                    replacing: true,
                    revoking: isRevoking
                )
            } catch {
                // Deleted between the two.
                guard error.code == .notFound else { throw error }
                throw RequestError.conversationNotFound
            }
        }
        return try await catalog.conversationAnswer(id: id)
    }

    private func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let query = RequestQuery(request)
        let isDeleted = try await attachments.deleteConversation(
            id: try context.conversationID(),
            by: context.requester(of: request),
            purging: try query.flag("purge"),
            revoking: try query.flag("revoke")
        )
        guard isDeleted else {
            throw RequestError.conversationNotFound
        }
        return try .json(NoticeJSON(message: "Conversation deleted successfully"))
    }

    private func putParticipant(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let userID = try userID(context)
        let input = try await context.body.decode(RoleInput.self, empty: RoleInput())
        let participant = Participant(
            conversationID: try context.conversationID(),
            userID: userID,
            role: input.role ?? .member
        )
        do throws(CatalogError) {
            _ = try await attachments.changeParticipants(
                conversationID: participant.conversationID,
                put: [participant]
            )
        } catch {
            guard error.code == .notFound else { throw error }
            throw RequestError.conversationNotFound
        }
        return try .json(ParticipantJSON(participant))
    }

    private func removeParticipant(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let id = try context.conversationID()
        let userID = try userID(context)
        let isRevoking = try RequestQuery(request).flag("revoke")
        let change: ParticipantChange
        do throws(CatalogError) {
            change = try await attachments.changeParticipants(
                conversationID: id,
                put: [],
                remove: [userID],
                revoking: isRevoking
            )
        } catch {
            guard error.code == .notFound else { throw error }
            throw RequestError.participantNotFound
        }
        // Where the app keeps the participants, there is nothing here to find.
        guard !change.removed.isEmpty || attachments.asksForMembership else { throw RequestError.participantNotFound }
        return try .json(
            RemovalJSON(
                message: "Participant removed successfully",
                revocations: isRevoking ? change.revocations : nil
            )
        )
    }

    private func userID(_ context: AuthenticatedContext) throws -> String {
        let text = context.pathText("user")
        guard UserIDText.isPossible(text) else {
            throw RequestError.invalid("A user's id has \(UserIDText.rule).")
        }
        return text
    }

    private func newID(_ context: AuthenticatedContext) throws -> UUID {
        let text = context.pathText("id")
        guard let id = UUID(text: text) else {
            throw RequestError.invalid("A conversation's id must be a UUID; \"\(text.prefix(64))\" is not.")
        }
        return id
    }
}
