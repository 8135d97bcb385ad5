import Attachments
import Catalog
import Foundation
import Hummingbird

/// Deleted attachments: what can be restored, and restoring it.
struct TrashRoutes: Sendable {
    let attachments: AttachmentService

    func add(to table: RouteTable) {
        table.add("/trash", [.get: { try await list($0, $1) }])
        table.add("/attachments/{id}/restore", [.post: { try await restore($0, $1) }])
    }

    private func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = RequestQuery(request)
        let filter = TrashFilter(
            conversationID: try query.id("conversation_id"),
            messageID: try query.id("message_id")
        )
        let limit = try query.integer("limit", in: 1...1000, default: 100)
        let position = try PageCursor.position(query).map { TrashPosition(deletedAt: $0.uploadedAt, id: $0.id) }
        let (page, next) = try await attachments.trash(
            filter,
            after: position,
            limit: limit,
            for: context.requester(of: request)
        )
        return try .json(TrashPageJSON(page, next: next))
    }

    private func restore(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        guard let id = UUID(text: context.pathText("id")) else { throw RequestError.attachmentNotFound }
        let view = try await attachments.restore(id: id, by: context.requester(of: request))
        return .json(AttachmentJSON(view: view))
    }
}
