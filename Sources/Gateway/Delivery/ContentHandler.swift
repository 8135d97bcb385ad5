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
        let isProxied = try RequestQuery(request).flag("proxy")
        guard isProxied else {
            if request.method == .get { try await attachments.recordDownload(of: view.attachment, by: requester) }
            return .found(view.url)
        }
        guard configuration.allowsProxy else { throw RequestError.proxyNotAllowed }
        return try await passThrough(view.attachment, request, by: requester)
    }

    private func passThrough(
        _ attachment: Attachment,
        _ request: Request,
        by requester: Requester
    ) async throws -> Response {
        let byteCount = attachment.fileSize
        // The object never changes, so its digest names it.
        let tag = "\"\(attachment.storedSHA256)\""
        var headers: HTTPFields = [
            .eTag: tag,
            .acceptRanges: "bytes",
            // It may be kept, and is good as long as this server says so: who may see it can change.
            .cacheControl: "private, no-cache",
            .contentSecurityPolicy: BrowserShield.filePolicy,
        ]
        if EntityTag.isKnown(tag, to: request) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = attachment.mediaType
        headers[.contentDisposition] = AttachmentService.disposition(of: attachment)
        guard request.method == .get else {
            headers[.contentLength] = String(byteCount)
            return Response(status: .ok, headers: headers)
        }
        switch range(of: request, tag: tag, byteCount: byteCount) {
        case .unsatisfiable:
            throw RequestError.rangeNotSatisfiable(request.headers[.range] ?? "", byteCount: byteCount)
        case .whole:
            let body = try await body(of: attachment, range: nil, byteCount: byteCount, by: requester)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(byteCount)"
            let count = range.upperBound - range.lowerBound + 1
            let body = try await body(of: attachment, range: range, byteCount: count, by: requester)
            return Response(status: .partialContent, headers: headers, body: body)
        }
    }

    /// A range of another state of the file is of no use to the client: it gets all (RFC 9110 section 13.1.5).
    private func range(of request: Request, tag: String, byteCount: Int64) -> ByteRange {
        if let condition = request.headers[.ifRange], condition != tag { return .whole }
        return ByteRange(request.headers[.range], byteCount: byteCount)
    }

    /// The storage is asked before the answer begins, and then for each chunk when the client has taken the one before.
    private func body(
        of attachment: Attachment,
        range: ClosedRange<Int64>?,
        byteCount: Int64,
        by requester: Requester
    ) async throws -> ResponseBody {
        let content = byteCount > 0 ? try await attachments.openContent(of: attachment, range: range) : nil
        // A player asks for many ranges of one file; what begins at the beginning is a download.
        if range?.lowerBound ?? 0 == 0 { try await attachments.recordDownload(of: attachment, by: requester) }
        guard let content else { return ResponseBody(byteBuffer: ByteBuffer()) }
        return ResponseBody(contentLength: Int(byteCount)) { writer in
            try await writer.write(content)
            try await writer.finish(nil)
        }
    }
}

extension Response {
    /// A redirect to a presigned URL, which is a credential: nothing may keep it.
    static func found(_ url: String) -> Response {
        Response(status: .found, headers: [.location: url, .cacheControl: "no-store"])
    }
}
