import HTTPTypes
import SigV4

/// An object in some bucket of the endpoint, as the source of a copy.
package struct S3CopySource: Sendable, Equatable {
    /// The bucket.
    package var bucket: String
    /// The key in it.
    package var key: String
    /// The entity tag that the source must still have, quotes kept; empty for any.
    package var etag: String

    /// Names a source.
    package init(bucket: String, key: String, etag: String = "") {
        self.bucket = bucket
        self.key = key
        self.etag = etag
    }

    /// The headers that name it, percent-encoded as in a path.
    var headers: [(name: String, value: String)] {
        let path = "\(PercentEncoding.encodePath(bucket))/\(PercentEncoding.encodePath(key))"
        let source = [(name: "x-amz-copy-source", value: path)]
        return etag.isEmpty ? source : source + [(name: "x-amz-copy-source-if-match", value: etag)]
    }
}

extension S3Client {
    /// Copies an object of up to 5 GiB without its bytes passing through here (CopyObject).
    ///
    /// The source may be in any bucket that these credentials can read; the copy is described by `headers` alone. Throws
    /// `preconditionFailed` where the source is not the one of that entity tag any more.
    ///
    /// With `onlyIfAbsent`, a storage that knows conditional copies throws the same where there is an object under the key, be
    /// it of an earlier attempt of this call; another one ignores the wish, or refuses it.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    package func copyObject(
        from source: S3CopySource,
        to destination: String,
        headers: S3ObjectHeaders,
        onlyIfAbsent: Bool = false
    ) async throws(S3Error) -> S3ObjectWritten {
        var call = S3Call("CopyObject", .put, .object(destination))
        call.headers = source.headers + [(name: "x-amz-metadata-directive", value: "REPLACE")]
        call.headers += try objectHeaders(headers, operation: call.operation)
        if onlyIfAbsent { call.headers.append((name: "if-none-match", value: "*")) }
        call.expectedRoot = "CopyObjectResult"
        Self.makePatient(&call)
        let document = try await send(call).document
        return S3ObjectWritten(etag: document?["ETag"] ?? "", proof: nil)
    }

    /// Makes a part of a stretch of another object (UploadPartCopy); the range is of bytes, its end not included.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    package func copyPart(
        from source: S3CopySource,
        range: Range<Int64>,
        to destination: String,
        uploadID: String,
        number: Int
    ) async throws(S3Error) -> S3Part {
        var call = S3Call("UploadPartCopy", .put, .object(destination))
        call.headers = source.headers
        Self.makePatient(&call)
        return try await copyPart(call, range: range, uploadID: uploadID, number: number)
    }

    /// Copying gigabytes takes minutes, and not every server says a word meanwhile.
    private static func makePatient(_ call: inout S3Call) {
        call.isShort = false
        call.stallTimeout = .seconds(300)
        call.isShielded = true
    }
}
