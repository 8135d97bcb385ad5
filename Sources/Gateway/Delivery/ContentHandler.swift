import Attachments
import Catalog
import HTTPTypes
import Hummingbird

/// Where the configuration says how files get to clients.
package struct DeliveryConfiguration: Sendable, Equatable {
    /// Whether the server passes files through to clients that ask for it; else they only get redirects.
    package var allowsProxy: Bool

    /// Makes a configuration with the documented default.
    package init(allowsProxy: Bool = false) {
        self.allowsProxy = allowsProxy
    }
}

/// The bytes of an attachment: a redirect to where they are, or the bytes themselves, in ranges.
struct ContentHandler: Sendable {
    let attachments: AttachmentService
    let configuration: DeliveryConfiguration

    /// Answers for an attachment that the requester may see.
    func handle(_ view: AttachmentView, _ request: Request, by requester: Requester) async throws -> Response {
        guard let url = view.url else {
            try view.attachment.requireDelivery()
            throw RequestError.attachmentNotFound
        }
        let isProxied = try RequestQuery(request).flag("proxy")
        guard isProxied else {
            if request.method == .get { try await attachments.recordDownload(of: view.attachment, by: requester) }
            return .found(url)
        }
        guard configuration.allowsProxy else { throw RequestError.proxyNotAllowed }
        return try await passThrough(view.attachment, request, by: requester)
    }

    /// Answers for a rendition of an attachment that the requester may see; only originals are downloads that are logged.
    func handle(_ view: RenditionView, of attachment: Attachment, _ request: Request) async throws -> Response {
        guard try RequestQuery(request).flag("proxy") else { return .found(view.url) }
        guard configuration.allowsProxy else { throw RequestError.proxyNotAllowed }
        let rendition = view.rendition
        // What is made when it is asked for, or was made before sizes were kept, has a URL alone.
        guard let byteCount = rendition.byteCount else { return .found(view.url) }
        let answer = FileAnswer(
            byteCount: byteCount,
            tag: "\"\(rendition.sha256 ?? "\(attachment.id.text)-\(rendition.name)-\(byteCount)")\"",
            mediaType: rendition.mediaType,
            disposition: AttachmentService.disposition(of: rendition)
        )
        return try await answer.response(to: request) { range in
            try await attachments.openContent(of: rendition, attachment, range: range)
        }
    }

    private func passThrough(
        _ attachment: Attachment,
        _ request: Request,
        by requester: Requester
    ) async throws -> Response {
        let old = try await attachments.oldHead(of: attachment)
        let byteCount = old?.byteCount ?? attachment.fileSize
        let answer = FileAnswer(
            byteCount: byteCount,
            // The object never changes, so its digest names it; where that is not known, its old place has a name for its state.
            tag: "\"\(old?.version ?? attachment.storedSHA256 ?? attachment.id.text)\"",
            mediaType: attachment.mediaType,
            disposition: AttachmentService.disposition(of: attachment)
        )
        return try await answer.response(to: request) { range in
            let content = byteCount > 0 ? try await attachments.openContent(of: attachment, range: range) : nil
            // A player asks for many ranges of one file; what begins at the beginning is a download.
            if range?.lowerBound ?? 0 == 0 { try await attachments.recordDownload(of: attachment, by: requester) }
            return content
        }
    }
}

extension Response {
    /// A redirect to a presigned URL, which is a credential: nothing may keep it.
    static func found(_ url: String) -> Response {
        Response(status: .found, headers: [.location: url, .cacheControl: "no-store"])
    }
}
