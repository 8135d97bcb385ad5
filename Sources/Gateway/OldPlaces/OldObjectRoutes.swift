import Attachments
import Catalog
import Foundation
import HTTPTypes
import Hummingbird

/// Objects in an old place that has no URLs of its own, for whoever has a signed URL: no token is asked for.
struct OldObjectRoutes: Sendable {
    let attachments: AttachmentService
    /// Nil where there is no such place: then there is nothing here.
    let links: SignedLinks?

    func add(to table: RouteTable) {
        table.addSigned(
            "\(SignedLinks.path)/{id}",
            [.get: { try await fetch($0, $1) }, .head: { try await fetch($0, $1) }]
        )
    }

    private func fetch(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let links, let id = UUID(text: context.parameters.get("id") ?? "") else {
            throw RequestError.attachmentNotFound
        }
        let query = RequestQuery(request)
        let rendition = query.text("rendition")
        // A name as they are in the catalog; so that what is signed is of one form.
        guard rendition?.wholeMatch(of: /[a-z0-9]{1,32}/) != nil || rendition == nil else {
            throw RequestError.urlNotSigned
        }
        try links.check(
            attachment: id.text,
            rendition: rendition,
            expires: query.text("expires"),
            signature: query.text("signature"),
            now: Date()
        )
        let object = try await attachments.oldObject(attachmentID: id, rendition: rendition)
        let head = try await object.head()
        let answer = FileAnswer(
            byteCount: head.byteCount,
            tag: "\"\(head.version)\"",
            mediaType: object.mediaType,
            disposition: object.disposition
        )
        return try await answer.response(to: request) { range in try await object.open(range: range) }
    }
}
