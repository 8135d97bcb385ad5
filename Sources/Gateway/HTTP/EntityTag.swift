import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import SigV4

/// Names of one state of an answer (RFC 9110 section 8.8.3).
enum EntityTag {
    /// A strong tag: the first half of the body's SHA-256.
    static func of(_ body: some DataProtocol) -> String {
        "\"\(String(hexOf: SHA256.hash(data: body).prefix(16)))\""
    }

    /// Whether `If-None-Match` names the tag: then the client has the answer already (RFC 9110 section 13.1.2).
    static func isKnown(_ tag: String, to request: Request) -> Bool {
        guard let header = request.headers[.ifNoneMatch] else { return false }
        return header.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            .contains { $0 == "*" || bare($0) == bare(tag) }
    }

    /// Without the mark of a weak tag: where nothing is put together from parts, weak tags compare like strong ones.
    private static func bare(_ tag: String) -> Substring {
        tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
    }
}

extension Response {
    /// An answer in JSON with an entity tag; 304 without a body where the client has it already.
    ///
    /// The tag is the body's own: it changes with everything that is told, the URLs and their life included.
    static func taggedJSON(_ value: some JSONWritable, for request: Request) -> Response {
        let body = JSONText.bytes(of: value)
        let tag = EntityTag.of(body)
        var headers = JSONAnswer.headers
        headers[.eTag] = tag
        guard EntityTag.isKnown(tag, to: request) else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        }
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
    }
}
