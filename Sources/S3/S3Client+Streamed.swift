import Curl
import FoundationEssentials
import HTTPTypes
package import NIOCore

// Objects whose bytes pass through, and are kept nowhere.
extension S3Client {
    /// Whether a body may go without a signature of its own bytes.
    package var streamsBodies: Bool { configuration.signsPayload != .always }

    /// Stores an object of bytes that come as they are read (PutObject).
    ///
    /// The signature covers not the bytes but their MD5, as `Content-MD5` (RFC 1864): a storage that heeds it stores no others and
    /// throws `badDigest`. They cannot be sent again, so that the first failure is thrown, whatever it is. Where the sequence throws,
    /// or gives more or fewer than `byteCount` bytes, nothing is stored. `onlyIfAbsent` as for bodies that are kept.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    package func putObject(
        key: String,
        streaming bytes: any AsyncSequence<ByteBuffer, any Error> & Sendable,
        byteCount: Int64,
        md5: [UInt8],
        headers: S3ObjectHeaders,
        onlyIfAbsent: Bool = false
    ) async throws(S3Error) -> S3ObjectWritten {
        var call = S3Call("PutObject", .put, .object(key))
        call.headers = try objectHeaders(headers, operation: call.operation)
        call.headers.append((name: "content-md5", value: Data(md5).base64EncodedString()))
        if onlyIfAbsent {
            call.headers.append((name: "if-none-match", value: "*"))
        }
        call.stream = .stream(count: byteCount, bytes)
        call.isShort = false
        // The source may be slow, and the storage silent until it has put everything away.
        call.stallTimeout = .seconds(300)
        let answer = try await send(call)
        return S3ObjectWritten(etag: answer.headers[.eTag] ?? "", proof: nil)
    }
}
