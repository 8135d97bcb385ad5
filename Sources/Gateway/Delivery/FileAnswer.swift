import Attachments
import HTTPTypes
import Hummingbird

/// A file that is passed through: whole, in ranges, or only its head.
struct FileAnswer {
    /// The length in bytes.
    let byteCount: Int64
    /// Names the state of the file, in quotes.
    let tag: String
    let mediaType: String
    let disposition: String

    /// The answer to a GET or HEAD; `open` is asked before the answer begins, and not for a file without bytes.
    func response(
        to request: Request,
        open: (ClosedRange<Int64>?) async throws -> AttachmentContent?
    ) async throws -> Response {
        var headers: HTTPFields = [
            .eTag: tag,
            .acceptRanges: "bytes",
            // It may be kept, and is good as long as this server says so: who may see it can change.
            .cacheControl: "private, no-cache",
            .contentSecurityPolicy: BrowserShield.filePolicy,
        ]
        if EntityTag.isKnown(tag, to: request) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = mediaType
        headers[.contentDisposition] = disposition
        guard request.method == .get else {
            headers[.contentLength] = String(byteCount)
            return Response(status: .ok, headers: headers)
        }
        switch range(of: request) {
        case .unsatisfiable:
            throw RequestError.rangeNotSatisfiable(request.headers[.range] ?? "", byteCount: byteCount)
        case .whole:
            let body = Self.body(try await open(nil), byteCount: byteCount)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(byteCount)"
            let count = range.upperBound - range.lowerBound + 1
            return Response(
                status: .partialContent,
                headers: headers,
                body: Self.body(try await open(range), byteCount: count)
            )
        }
    }

    /// A range of another state of the file is of no use to the client: it gets all (RFC 9110 section 13.1.5).
    private func range(of request: Request) -> ByteRange {
        if let condition = request.headers[.ifRange], condition != tag { return .whole }
        return ByteRange(request.headers[.range], byteCount: byteCount)
    }

    /// Each chunk is asked for when the client has taken the one before.
    private static func body(_ content: AttachmentContent?, byteCount: Int64) -> ResponseBody {
        guard let content, byteCount > 0 else { return ResponseBody(byteBuffer: ByteBuffer()) }
        return ResponseBody(contentLength: Int(byteCount)) { writer in
            try await writer.write(content)
            try await writer.finish(nil)
        }
    }
}
