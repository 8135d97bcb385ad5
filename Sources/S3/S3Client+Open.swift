package import Curl
import HTTPTypes

extension S3Client {
    /// Opens an object, or a range of its bytes, for a caller that reads the body later (GetObject).
    ///
    /// As `getObject`, and the head is there, and judged, when this returns; reading the body then throws `CurlError`. A
    /// body that is dropped unread is cancelled.
    package func openObject(
        key: String,
        range: ClosedRange<Int64>? = nil
    ) async throws(S3Error) -> (head: S3ObjectHead, body: CurlResponseBody) {
        var call = S3Call("GetObject", .get, .object(key))
        // A storage that compressed on the way would change lengths and ranges.
        call.unsignedHeaders[.acceptEncoding] = "identity"
        if let range {
            call.unsignedHeaders[.range] = "bytes=\(range.lowerBound)-\(range.upperBound)"
        }
        call.isShort = false
        let response = try await open(call)
        let head = try objectHead(response.headers, of: call)
        if let range, response.status != 206 {
            guard range.lowerBound == 0, head.bodyByteCount - 1 <= range.upperBound else {
                throw malformed(response, of: call, "the storage ignored the range")
            }
        }
        return (head, response.body)
    }
}
