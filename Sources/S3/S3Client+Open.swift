package import Curl
import HTTPTypes

extension S3Client {
    /// Opens an object, or a range of its bytes, for a caller that reads the body later (GetObject).
    ///
    /// As `getObject`, and the head is there, and judged, when this returns: a range other than the one that was asked for is
    /// `malformedResponse`. Reading the body then throws `CurlError`. A body that is dropped unread is cancelled.
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
        guard response.status == 200 || response.status == 206 else {
            // Others that mean success have no body, whatever length they tell.
            throw malformed(response, of: call, "the answer is no object")
        }
        let head = try objectHead(response.headers, of: call)
        if let fault = Self.fault(of: response, head, range: range) {
            throw malformed(response, of: call, fault)
        }
        return (head, response.body)
    }

    /// Why the bytes that follow are not those that were asked for; nil where they are.
    ///
    /// A cache on the way can answer with another range, or with a piece of what was asked for whole.
    private static func fault(of response: CurlResponse, _ head: S3ObjectHead, range: ClosedRange<Int64>?) -> String? {
        guard response.status == 206 else {
            guard let range else { return nil }
            let isWhole = range.lowerBound == 0 && head.bodyByteCount - 1 <= range.upperBound
            return isWhole ? nil : "the storage ignored the range"
        }
        guard let range else { return "the storage answered with a range that was not asked for" }
        guard let given = response.headers[.contentRange].flatMap({ ContentRange(parsing: $0) }),
            given.answers(range), given.byteCount == head.bodyByteCount
        else { return "the storage answered with another range" }
        return nil
    }
}
