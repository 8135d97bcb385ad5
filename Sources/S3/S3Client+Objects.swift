package import Curl
import HTTPTypes

extension S3Client {
    /// Stores an object in one request (PutObject); digests that are of use and not given are computed.
    ///
    /// Throws `checksumMismatch` where the storage confirms other bytes, its retries included. A cancellation takes effect
    /// when the request under way is answered.
    package func putObject(
        key: String,
        body: S3Body,
        digests: S3BodyDigests = S3BodyDigests(),
        contentType: String,
        metadata: [(String, String)] = []
    ) async throws(S3Error) -> S3ObjectWritten {
        try await putObject(
            key: key,
            body: body,
            digests: digests,
            headers: S3ObjectHeaders(contentType: contentType, metadata: metadata.map { (name: $0.0, value: $0.1) })
        )
    }

    /// Opens an object, or a range of its bytes, and hands head and body to a closure (GetObject).
    ///
    /// Only the way to the head is repeated. A body that the closure leaves unread is cancelled. Throws `S3Error`, also
    /// for a body that broke off, or what the closure throws.
    package func getObject<R: Sendable>(
        key: String,
        range: ClosedRange<Int64>? = nil,
        _ read: (S3ObjectHead, CurlResponseBody) async throws -> R
    ) async throws -> R {
        let (head, body) = try await openObject(key: key, range: range)
        do {
            return try await read(head, body)
        } catch let error as CurlError {
            throw S3Error(transport: error, status: range == nil ? 200 : 206, operation: "GetObject")
        }
    }

    /// Asks for an object's head (HeadObject); `isNotFound` when there is none.
    package func headObject(key: String) async throws(S3Error) -> S3ObjectHead {
        var call = S3Call("HeadObject", .head, .object(key))
        call.unsignedHeaders[.acceptEncoding] = "identity"
        let answer = try await send(call)
        return try objectHead(answer.headers, of: call)
    }

    /// Asks for an object's head (HeadObject); nil when there is none.
    ///
    /// A missing bucket is an error all the same.
    package func headObject(ifPresent key: String) async throws(S3Error) -> S3ObjectHead? {
        do throws(S3Error) {
            return try await headObject(key: key)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Deletes an object (DeleteObject); one that is not there counts as deleted.
    package func deleteObject(key: String) async throws(S3Error) {
        do throws(S3Error) {
            _ = try await send(S3Call("DeleteObject", .delete, .object(key)))
        } catch {
            guard error.isNotFound else {
                throw error
            }
        }
    }

    /// Adds the digests that signature and checksum want, over one pass of the body.
    func complete(_ known: S3BodyDigests, of body: S3Body, for call: S3Call) async throws(S3Error) -> S3BodyDigests {
        let wantsSHA256 = signsBodies && known.sha256 == nil
        let wantsCRC32C = sendsChecksums && known.crc32c == nil
        guard wantsSHA256 || wantsCRC32C, body.count > 0 else { return known }
        guard let computed = await body.digests(sha256: wantsSHA256, crc32c: wantsCRC32C) else {
            throw call.error(.bodyUnreadable, "the file to send is shorter than announced or cannot be read")
        }
        return S3BodyDigests(sha256: known.sha256 ?? computed.sha256, crc32c: known.crc32c ?? computed.crc32c)
    }

    func objectHead(_ headers: HTTPFields, of call: S3Call) throws(S3Error) -> S3ObjectHead {
        guard let bodyByteCount = headers[.contentLength].flatMap(S3Length.init(parsing:))?.byteCount else {
            throw call.error(.malformedResponse, "the answer has no Content-Length that an object can have")
        }
        var total: Int64?
        if let text = headers[.contentRange]?.split(separator: "/").last, text != "*" {
            guard let length = S3Length(parsing: text) else {
                throw call.error(.malformedResponse, "the answer is a range of something that is no object")
            }
            total = length.byteCount
        }
        var metadata: [String: String] = [:]
        for field in headers where field.name.canonicalName.hasPrefix("x-amz-meta-") {
            metadata[String(field.name.canonicalName.dropFirst("x-amz-meta-".count))] = field.value
        }
        return S3ObjectHead(
            byteCount: total ?? bodyByteCount,
            bodyByteCount: bodyByteCount,
            etag: headers[.eTag] ?? "",
            contentType: headers[.contentType],
            contentDisposition: headers[.contentDisposition],
            cacheControl: headers[.cacheControl],
            contentEncoding: headers[.contentEncoding],
            contentLanguage: headers[.contentLanguage],
            tagCount: HTTPField.Name("x-amz-tagging-count").flatMap { headers[$0] }.flatMap { Int($0) } ?? 0,
            lastModified: headers[.lastModified],
            metadata: metadata
        )
    }
}
