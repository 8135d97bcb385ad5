import Attachments
import Catalog
import Foundation
import HTTPTypes
import Hummingbird

/// Looking at, downloading and deleting attachments.
struct AttachmentRoutes: Sendable {
    let attachments: AttachmentService
    let content: ContentHandler

    func add(to table: RouteTable) {
        // A download is logged, and HEAD downloads nothing.
        table.add(
            "/videos/{id}/download",
            [.get: { try await downloadVideo($0, $1) }, .head: { try await show($0, $1) }]
        )
        table.add("/attachments", [.get: { try await list($0, $1) }])
        table.add("/attachments/{id}", [.get: { try await show($0, $1) }, .delete: { try await delete($0, $1) }])
        table.add("/attachments/{id}/content", answersJSON: false, [.get: { try await fetch($0, $1) }])
        table.add("/attachments/{id}/thumbnail", answersJSON: false, [.get: { try await fetchRendition($0, $1) }])
        table.add("/attachments/{id}/hls/master.m3u8", answersJSON: false, [.get: { try await stream($0, $1) }])
        table.add("/attachments/{id}/revoke", [.post: { try await revoke($0, $1) }])
        table.add("/attachments/{id}/reprocess", [.post: { try await reprocess($0, $1) }])
    }

    private func downloadVideo(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let view = try await attachments.downloadVideo(id: id, for: context.requester(of: request))
        return .json(AttachmentJSON(view: view))
    }

    private func list(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let query = RequestQuery(request)
        let (messageID, conversationID) = (try query.id("message_id"), try query.id("conversation_id"))
        let kind: FileKind? = try query.choice("file_type")
        let limit = try query.integer("limit", in: 1...100, default: 50)
        let position = try PageCursor.position(query)
        let scope: AttachmentScope
        switch (messageID, conversationID) {
        case (let id?, nil): scope = .message(id)
        case (nil, let id?): scope = .conversation(id)
        default: throw RequestError.invalid("Give message_id or conversation_id, one of them.")
        }
        let page = try await attachments.attachments(
            in: scope,
            kind: kind,
            before: position,
            limit: limit,
            for: context.requester(of: request)
        )
        guard let page else {
            throw messageID == nil ? RequestError.conversationNotFound : RequestError.messageNotFound
        }
        return .taggedJSON(AttachmentPageJSON(page.views, next: page.next), for: request)
    }

    private func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let view = try await attachments.attachmentWithProgress(id: id, for: context.requester(of: request))
        return .taggedJSON(AttachmentJSON(view: view), for: request)
    }

    private func delete(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let query = RequestQuery(request)
        try await attachments.delete(
            id: id,
            by: context.requester(of: request),
            purging: try query.flag("purge"),
            revoking: try query.flag("revoke")
        )
        return try .json(NoticeJSON(message: "Attachment deleted successfully"))
    }

    private func fetch(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let requester = context.requester(of: request)
        let view = try await attachments.attachment(id: id, for: requester)
        guard let name = RequestQuery(request).text("rendition") else {
            return try await content.handle(view, request, by: requester)
        }
        return try await content.handle(try rendition(name, as: "rendition", of: view), of: view.attachment, request)
    }

    private func stream(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        guard let playlist = try await attachments.masterPlaylist(id: id, for: context.requester(of: request)) else {
            throw RequestError.renditionNotFound
        }
        return .playlist(playlist, for: request)
    }

    private func fetchRendition(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let size = RequestQuery(request).text("size") ?? Rendition.thumbnail
        let view = try await attachments.attachment(id: id, for: context.requester(of: request))
        return .found(try rendition(size, as: "size", of: view).url)
    }

    /// The rendition that a parameter of the query names.
    private func rendition(_ name: String, as parameter: String, of view: AttachmentView) throws -> RenditionView {
        guard name.wholeMatch(of: /[a-z0-9]{1,32}/) != nil else {
            throw RequestQuery.malformed(parameter, name, "the name of a rendition, such as thumbnail")
        }
        guard let found = view.renditions.first(where: { $0.rendition.name == name }) else {
            throw RequestError.renditionNotFound
        }
        return found
    }

    /// 200 where the old URLs are dead, 202 where they are going to be.
    private func revoke(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let (view, isOver) = try await attachments.revoke(id: id, by: context.requester(of: request))
        return .json(AttachmentJSON(view: view), status: isOver ? .ok : .accepted)
    }

    private func reprocess(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let id = try attachmentID(context)
        let view = try await attachments.reprocess(id: id, by: context.requester(of: request))
        return .json(AttachmentJSON(view: view), status: .accepted)
    }

    /// A malformed id is the id of nothing: the same 404 as for any other.
    private func attachmentID(_ context: AuthenticatedContext) throws -> UUID {
        guard let id = UUID(text: context.pathText("id")) else { throw RequestError.attachmentNotFound }
        return id
    }
}
