import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// How every answer in JSON is written.
///
/// It may hold presigned URLs, which are credentials: nothing may keep it.
enum JSONAnswer {
    static let headers: HTTPFields = [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"]

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}

extension Response {
    /// An answer in JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status,
            headers: JSONAnswer.headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONAnswer.encode(value)))
        )
    }

    /// An answer in JSON that writes itself.
    static func json(_ value: some JSONWritable, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: JSONAnswer.headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONText.bytes(of: value)))
        )
    }
}

/// A sentence for the client, where there is nothing else to tell.
struct NoticeJSON: Encodable {
    let message: String
}
