import HTTPTypes
import SigV4

extension S3Client {
    /// Copies an object inside the bucket, without its bytes passing through here (CopyObject).
    ///
    /// Over 5 GiB, which is as much as one CopyObject takes, the copy is made of parts (UploadPartCopy). Metadata and type
    /// go along; over 5 GiB the type is the given one and other metadata stays behind. The copy is then as long as
    /// `byteCount`: `sizeMismatch` where it is not, and `isNotFound` where there is no such object.
    /// A copy that fails may leave an object or an open multipart upload under `destination`.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    package func copyObject(
        from source: String,
        to destination: String,
        byteCount: Int64,
        contentType: String
    ) async throws(S3Error) {
        try await copyObject(
            from: source,
            to: destination,
            byteCount: byteCount,
            contentType: contentType,
            singleLimit: PartSizing.maximum
        )
    }

    /// The same, with another limit for a copy in one piece, in bytes.
    func copyObject(
        from source: String,
        to destination: String,
        byteCount: Int64,
        contentType: String,
        singleLimit: Int64
    ) async throws(S3Error) {
        if byteCount <= singleLimit {
            try await copyWhole(from: source, to: destination)
            let head = try await headObject(key: destination)
            guard head.byteCount == byteCount else {
                throw S3Error(
                    code: .sizeMismatch,
                    message: "the copy has \(head.byteCount) bytes, the object has \(byteCount)",
                    operation: "CopyObject"
                )
            }
        } else {
            try await copyInParts(
                from: source,
                to: destination,
                byteCount: byteCount,
                contentType: contentType,
                partSize: PartSizing.partSize(forTotal: byteCount, preferred: singleLimit, ceiling: byteCount)
            )
        }
    }

    private func copyWhole(from source: String, to destination: String) async throws(S3Error) {
        var call = copyCall("CopyObject", from: source, to: destination)
        call.expectedRoot = "CopyObjectResult"
        _ = try await send(call)
    }

    private func copyInParts(
        from source: String,
        to destination: String,
        byteCount: Int64,
        contentType: String,
        partSize: Int64
    ) async throws(S3Error) {
        let uploadID = try await createMultipartUpload(key: destination, contentType: contentType)
        do throws(S3Error) {
            var parts: [S3Part] = []
            var start: Int64 = 0
            while start < byteCount {
                let end = min(start + partSize, byteCount)
                parts.append(
                    try await copyPart(
                        from: source,
                        range: start..<end,
                        to: destination,
                        uploadID: uploadID,
                        number: parts.count + 1
                    )
                )
                start = end
            }
            _ = try await completeMultipartUpload(key: destination, uploadID: uploadID, parts: parts)
        } catch {
            // What this cannot take back is an open upload under the key, which callers must reckon with anyway.
            try? await abortMultipartUpload(key: destination, uploadID: uploadID)
            throw error
        }
    }

    private func copyPart(
        from source: String,
        range: Range<Int64>,
        to destination: String,
        uploadID: String,
        number: Int
    ) async throws(S3Error) -> S3Part {
        let call = copyCall("UploadPartCopy", from: source, to: destination)
        return try await copyPart(call, range: range, uploadID: uploadID, number: number)
    }

    /// Has a part copied by a call that names the source.
    func copyPart(
        _ call: S3Call,
        range: Range<Int64>,
        uploadID: String,
        number: Int
    ) async throws(S3Error) -> S3Part {
        var call = call
        call.query = [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: uploadID)]
        call.headers.append(
            (name: "x-amz-copy-source-range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        )
        call.expectedRoot = "CopyPartResult"
        let document = try await send(call).document
        guard let etag = document?["ETag"], !etag.isEmpty else {
            throw call.error(.malformedResponse, "the answer has no ETag")
        }
        return S3Part(
            number: number,
            etag: etag,
            byteCount: range.upperBound - range.lowerBound,
            crc32c: document?["ChecksumCRC32C"]
        )
    }

    /// A call whose source is named in a header, percent-encoded as in a path.
    ///
    /// The storage may answer 200 before it knows, so only a result in the body is success; an error there is one.
    private func copyCall(_ operation: String, from source: String, to destination: String) -> S3Call {
        var call = S3Call(operation, .put, .object(destination))
        let bucket = PercentEncoding.encodePath(configuration.bucket)
        call.headers = [(name: "x-amz-copy-source", value: "\(bucket)/\(PercentEncoding.encodePath(source))")]
        // Copying gigabytes takes minutes, and not every server says a word meanwhile.
        call.isShort = false
        call.stallTimeout = .seconds(300)
        call.isShielded = true
        return call
    }
}
