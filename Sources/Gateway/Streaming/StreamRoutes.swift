import Attachments
import Catalog
import Foundation
import HTTPTypes
import Hummingbird

/// Playlists for whoever has a signed URL: no token is asked for.
struct StreamRoutes: Sendable {
    let attachments: AttachmentService
    /// Nil where no playlists are made: then there is nothing here.
    let links: StreamLinks?

    func add(to table: RouteTable) {
        table.addSigned(
            "\(StreamLinks.path)/{id}/{playlist}",
            [.get: { try await fetch($0, $1) }, .head: { try await fetch($0, $1) }]
        )
    }

    private func fetch(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let file = context.parameters.get("playlist") ?? ""
        guard let links, let id = UUID(text: context.parameters.get("id") ?? ""), file.hasSuffix(StreamLinks.ending)
        else { throw RequestError.attachmentNotFound }
        let name = String(file.dropLast(StreamLinks.ending.count))
        // A name as they are in the catalog; so that what is signed is of one form.
        guard name.wholeMatch(of: /[a-z0-9]{1,32}/) != nil else { throw RequestError.attachmentNotFound }
        let query = RequestQuery(request)
        // Who has no good signature does not learn what there is.
        guard let attachment = try await attachments.streamedAttachment(id: id) else { throw RequestError.urlNotSigned }
        let expiresAt = try links.check(
            attachment: id.text,
            objectKey: attachment.objectKey,
            playlist: name,
            expires: query.text("expires"),
            signature: query.text("signature"),
            now: Date()
        )
        let step = name == StreamLinks.master ? nil : name
        guard let playlist = try await attachments.playlist(of: attachment, step: step, expiresAt: expiresAt)
        else {
            throw RequestError.renditionNotFound
        }
        return .playlist(playlist, for: request)
    }
}

extension Response {
    /// A playlist, whose URLs are credentials: nothing may keep it.
    static func playlist(_ text: String, for request: Request) -> Response {
        let headers: HTTPFields = [
            .contentType: "application/vnd.apple.mpegurl", .cacheControl: "no-store",
            .contentLength: "\(text.utf8.count)",
        ]
        guard request.method == .get else { return Response(status: .ok, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
