import Attachments
import Foundation
import Hummingbird

/// Looking at, downloading and deleting one attachment.
struct AttachmentRoutes: Sendable {
    let attachments: AttachmentService

    func add(to table: RouteTable) {
        table.add("/videos/{id}/download", [.get: { try await downloadVideo($0, $1) }])
        table.add("/attachments/{id}", [.get: { try await show($0, $1) }, .delete: { try await delete($0, $1) }])
    }

    private func downloadVideo(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let view = try await attachments.downloadVideo(id: id, for: context.requester(of: request))
        return try .json(AttachmentJSON(view: view))
    }

    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let view = try await attachments.attachment(id: id, for: context.requester(of: request))
        return try .json(AttachmentJSON(view: view))
    }

    private func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        try await attachments.delete(id: id, by: context.requester(of: request))
        return try .json(NoticeJSON(message: "Attachment deleted successfully"))
    }

    /// A malformed id is the id of nothing: the same 404 as for any other.
    private func attachmentID(_ context: AuthenticatedContext) throws -> UUID {
        guard let id = UUID(text: context.pathText("id")) else { throw RequestError.attachmentNotFound }
        return id
    }
}
