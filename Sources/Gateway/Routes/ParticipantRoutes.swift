import Attachments
import Catalog
import Foundation
import Hummingbird

/// All participants of a conversation at once, as the app's back end tells them; every route needs the service scope.
///
/// Repeating a request changes nothing more. With `revoke=true`, and where anyone was removed, the URLs of the conversation's
/// attachments end.
struct ParticipantRoutes: Sendable {
    let attachments: AttachmentService
    let catalog: Catalog

    func add(to table: RouteTable) {
        table.add(
            "/conversations/{id}/participants",
            [
                .get: { try await show($0, $1) },
                .put: { try await replace($0, $1) },
                .patch: { try await change($0, $1) },
            ]
        )
    }

    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        return try await catalog.conversationAnswer(id: try context.conversationID())
    }

    private func replace(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let id = try context.conversationID()
        let isRevoking = try RequestQuery(request).flag("revoke")
        let input = try await context.body.decode(ParticipantsInput.self)
        try await change(
            id,
            put: input.participants.participants(of: id),
            isReplacing: true,
            isRevoking: isRevoking
        )
        return try await catalog.conversationAnswer(id: id)
    }

    private func change(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        try context.requireService()
        let id = try context.conversationID()
        let isRevoking = try RequestQuery(request).flag("revoke")
        let input = try await context.body.decode(ParticipantsPatch.self)
        let put = (input.participants ?? []).participants(of: id)
        let remove = (input.remove ?? []).map(\.text)
        let removed = Set(remove.map(ExactText.init))
        if let both = put.map(\.userID).filter({ removed.contains(ExactText($0)) }).min() {
            throw RequestError.invalid("The user \"\(both.prefix(64))\" is both in participants and in remove.")
        }
        try await change(id, put: put, remove: remove, isRevoking: isRevoking)
        return try await catalog.conversationAnswer(id: id)
    }

    private func change(
        _ id: UUID,
        put: [Participant],
        remove: [String] = [],
        isReplacing: Bool = false,
        isRevoking: Bool
    ) async throws {
        do throws(CatalogError) {
            _ = try await attachments.changeParticipants(
                conversationID: id,
                put: put,
                remove: remove,
                replacing: isReplacing,
                revoking: isRevoking
            )
        } catch {
            guard error.code == .notFound else { throw error }
            throw RequestError.conversationNotFound
        }
    }
}
