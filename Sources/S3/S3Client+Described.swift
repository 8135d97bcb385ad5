import HTTPTypes

// Objects that bring more than a type: those that were made elsewhere.
extension S3Client {
    /// Stores an object in one request, with all that describes it (PutObject).
    ///
    /// As the shorter form. With `onlyIfAbsent`, a storage that knows conditional writes throws `preconditionFailed` where
    /// there is an object under the key, be it of an earlier attempt of this call; another one ignores the wish, or throws
    /// `notImplemented`.
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    package func putObject(
        key: String,
        body: S3Body,
        digests: S3BodyDigests = S3BodyDigests(),
        headers: S3ObjectHeaders,
        onlyIfAbsent: Bool = false
    ) async throws(S3Error) -> S3ObjectWritten {
        var call = S3Call("PutObject", .put, .object(key))
        call.headers = try objectHeaders(headers, operation: call.operation)
        if onlyIfAbsent {
            call.headers.append((name: "if-none-match", value: "*"))
        }
        call.body = body
        call.digests = try await complete(digests, of: body, for: call)
        call.isShort = false
        call.isConfirmed = true
        call.isShielded = true
        let answer = try await send(call)
        return S3ObjectWritten(etag: answer.headers[.eTag] ?? "", proof: answer.proof)
    }

    /// Opens a multipart upload with all that describes its object, and returns its id (CreateMultipartUpload).
    ///
    /// A repeated request can open two, of which the answer names one: completing that one takes the other back. Where
    /// others may upload to the key as well (`sharesKey`), only what was opened during the request is taken for the other.
    package func createMultipartUpload(
        key: String,
        headers: S3ObjectHeaders,
        sharesKey: Bool = false
    ) async throws(S3Error) -> String {
        var call = S3Call("CreateMultipartUpload", .post, .object(key))
        call.query = [(name: "uploads", value: "")]
        call.headers = try objectHeaders(headers, operation: call.operation)
        call.declaresChecksums = true
        call.expectedRoot = "InitiateMultipartUploadResult"
        let start = ownTime
        let answer = try await send(call)
        if answer.wasRepeated { noteTwin(of: key, sharesKey: sharesKey, since: start, answer) }
        guard let uploadID = answer.document?["UploadId"], !uploadID.isEmpty else {
            throw call.error(.malformedResponse, "the answer has no UploadId")
        }
        return uploadID
    }

    /// Keeps in mind that a second upload may have been opened since then, by our clock; under a key of ours all others are such.
    private func noteTwin(of key: String, sharesKey: Bool, since start: Int64, _ answer: S3Answer) {
        guard sharesKey else { return health.noteTwin(of: key, openedIn: .min ... .max) }
        let (end, lead) = (ownTime, clockLead(of: answer.headers) ?? clockOffsetSeconds)
        // Both clocks are read to the second.
        health.noteTwin(of: key, openedIn: min(start, end) + lead - 1...max(start, end) + lead + 1)
    }

    /// The headers that describe a new object; only what a header can say unchanged is let through.
    func objectHeaders(
        _ headers: S3ObjectHeaders,
        operation: String
    ) throws(S3Error) -> [(name: String, value: String)] {
        let described = [(name: "content-type", value: headers.contentType)] + headers.standard
        let all = described + headers.metadata.map { (name: "x-amz-meta-" + $0.name.lowercased(), value: $0.value) }
        for header in all {
            let isPlain = header.value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            // Of the caller's own metadata the name alone may be what is said.
            let mayBeEmpty = header.name.hasPrefix("x-amz-meta-")
            guard HTTPField.Name(header.name) != nil, isPlain, mayBeEmpty || !header.value.isEmpty else {
                throw S3Error(
                    code: .invalidRequest,
                    message: "the header \(header.name) is not printable ASCII",
                    operation: operation
                )
            }
        }
        return all
    }
}
