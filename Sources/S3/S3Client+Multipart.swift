import HTTPTypes
import NIOCore

extension S3Client {
    /// Opens a multipart upload and returns its id (CreateMultipartUpload).
    ///
    /// As the longer form.
    package func createMultipartUpload(
        key: String,
        contentType: String,
        metadata: [(String, String)] = [],
        sharesKey: Bool = false
    ) async throws(S3Error) -> String {
        try await createMultipartUpload(
            key: key,
            headers: S3ObjectHeaders(contentType: contentType, metadata: metadata.map { (name: $0.0, value: $0.1) }),
            sharesKey: sharesKey
        )
    }

    /// Sends one part (UploadPart); sending it again replaces it.
    ///
    /// Throws `checksumMismatch` where the storage confirms other bytes, its retries included. A cancellation takes effect
    /// when the request under way is answered: what comes after it finds the part.
    package func uploadPart(
        key: String,
        uploadID: String,
        number: Int,
        body: S3Body,
        digests: S3BodyDigests = S3BodyDigests()
    ) async throws(S3Error) -> S3Part {
        var call = S3Call("UploadPart", .put, .object(key))
        call.query = [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: uploadID)]
        call.body = body
        call.digests = try await complete(digests, of: body, for: call)
        call.isShort = false
        call.isConfirmed = true
        call.isShielded = true
        let answer = try await send(call)
        return S3Part(
            number: number,
            etag: answer.headers[.eTag] ?? "",
            byteCount: body.count,
            crc32c: checksum(in: answer.headers),
            proof: answer.proof
        )
    }

    /// The parts the storage holds, of all pages, by number (ListParts).
    ///
    /// Of a part that was sent more than once the latest: some servers list the earlier ones as well.
    package func listParts(
        key: String,
        uploadID: String,
        pageSize: Int = 1000
    ) async throws(S3Error) -> [S3Part] {
        var latest: [Int: (part: S3Part, time: String)] = [:]
        var marker = 0
        while true {
            var call = S3Call("ListParts", .get, .object(key))
            call.query = [(name: "max-parts", value: "\(pageSize)")]
            if marker > 0 {
                call.query.append((name: "part-number-marker", value: "\(marker)"))
            }
            call.query.append((name: "uploadId", value: uploadID))
            call.expectedRoot = "ListPartsResult"
            // So moto says.
            call.alternativeRoot = "ListPartsResponse"
            call.answerLimit = Self.listLimit
            let document = try await send(call).document
            for node in document?.all("Part") ?? [] {
                guard let number = node["PartNumber"].flatMap({ Int($0) }), let etag = node["ETag"],
                    let byteCount = node["Size"].flatMap(S3Length.init(parsing:))?.byteCount
                else {
                    throw call.error(.malformedResponse, "a part lacks its number, ETag or size")
                }
                let time = node["LastModified"] ?? ""
                if let known = latest[number], known.time > time { continue }
                let part = S3Part(number: number, etag: etag, byteCount: byteCount, crc32c: node["ChecksumCRC32C"])
                latest[number] = (part: part, time: time)
            }
            guard document?["IsTruncated"] == "true" else {
                return latest.values.map(\.part).sorted { $0.number < $1.number }
            }
            guard let next = document?["NextPartNumberMarker"].flatMap({ Int($0) }), next > marker else {
                throw call.error(.malformedResponse, "the listing does not advance")
            }
            marker = next
        }
    }

    /// Makes the object of its parts (CompleteMultipartUpload).
    ///
    /// The storage may answer 200 before it knows, so only a result in the body is success, and then the object must be
    /// as long as its parts: `sizeMismatch` where it is not. When an earlier attempt's reply was lost, a later one may
    /// find the upload gone: then an object of the right size says that it was done, and of the `proof` among its
    /// metadata, where one was given when the upload was opened.
    ///
    /// With `onlyIfAbsent` the storage is asked not to replace an object (`If-None-Match`): `preconditionFailed` where it
    /// does so and has one, but for one that the `proof` tells to be this upload's; not every storage heeds it.
    package func completeMultipartUpload(
        key: String,
        uploadID: String,
        parts: [S3Part],
        proof: (name: String, value: String)? = nil,
        onlyIfAbsent: Bool = false
    ) async throws(S3Error) -> S3ObjectWritten {
        var call = S3Call("CompleteMultipartUpload", .post, .object(key))
        call.query = [(name: "uploadId", value: uploadID)]
        call.headers = [(name: "content-type", value: "application/xml")]
        if onlyIfAbsent { call.headers.append((name: "if-none-match", value: "*")) }
        call.body = .bytes(ByteBuffer(string: Self.completionDocument(parts)))
        call.expectedRoot = "CompleteMultipartUploadResult"
        // Putting a large object together may take minutes, and not every server says a word meanwhile.
        call.isShort = false
        call.stallTimeout = .seconds(300)
        var refusal: S3Error?
        do throws(S3Error) {
            _ = try await send(call)
        } catch {
            // Servers disagree on the code: NoSuchUpload, NoSuchKey, or a bare 404.
            guard error.isNotFound || (error.code == .preconditionFailed && proof != nil) else {
                throw error
            }
            refusal = error
        }
        let written: S3ObjectWritten
        if let refusal {
            written = try await settle(key: key, parts: parts, proof: proof, or: refusal)
        } else {
            written = try await completed(call, key: key, parts: parts)
        }
        await abortTwins(of: key, besides: uploadID)
        return written
    }

    /// The object that was made of the parts, once it is seen to be there and of their length.
    private func completed(_ call: S3Call, key: String, parts: [S3Part]) async throws(S3Error) -> S3ObjectWritten {
        let head = try await headObject(key: key)
        let byteCount = parts.reduce(0) { $0 + $1.byteCount }
        guard head.byteCount == byteCount else {
            throw call.error(.sizeMismatch, "the object has \(head.byteCount) bytes, its parts have \(byteCount)")
        }
        return S3ObjectWritten(etag: head.etag)
    }

    /// Aborts what a repeated CreateMultipartUpload may have opened beside the upload that is completed now.
    ///
    /// That one is spared: a server that still lists it may take its parts, of which the object is made, away with it.
    /// To a key that is shared others may send as well: what was opened before that request or after its answer is theirs, and what has no
    /// time that can be read may be. The object is whole whether this succeeds or not: what cannot be aborted is left to who looks
    /// for uploads that stay open.
    private func abortTwins(of key: String, besides completed: String) async {
        guard let times = health.twinTimes(of: key) else { return }
        defer { health.forgetTwin(of: key) }
        guard let open = try? await listMultipartUploads(prefix: key) else { return }
        for upload in open
        where upload.key.utf8.elementsEqual(key.utf8) && upload.uploadID != completed
            && times.contains(upload.initiatedAt ?? .min)
        {
            try? await abortMultipartUpload(key: key, uploadID: upload.uploadID)
        }
    }

    /// Discards an upload and its parts (AbortMultipartUpload); one that is not there counts as discarded.
    package func abortMultipartUpload(key: String, uploadID: String) async throws(S3Error) {
        var call = S3Call("AbortMultipartUpload", .delete, .object(key))
        call.query = [(name: "uploadId", value: uploadID)]
        health.forgetTwin(of: key)
        do throws(S3Error) {
            _ = try await send(call)
        } catch {
            // Servers disagree on the code: NoSuchUpload, NoSuchKey, or a bare 404.
            guard error.isNotFound else {
                throw error
            }
        }
    }

    private func settle(
        key: String,
        parts: [S3Part],
        proof: (name: String, value: String)?,
        or error: S3Error
    ) async throws(S3Error) -> S3ObjectWritten {
        let head: S3ObjectHead
        do throws(S3Error) {
            head = try await headObject(key: key)
        } catch let headError {
            guard !headError.isNotFound else { throw error }
            var outcome = headError
            if error.leavesOutcomeOpen { outcome.followsOpenAttempt = true }
            throw outcome
        }
        let isProven = proof.map { head.metadata[$0.name] == $0.value } ?? true
        guard isProven, head.byteCount == parts.reduce(0, { $0 + $1.byteCount }) else {
            throw error
        }
        return S3ObjectWritten(etag: head.etag)
    }

    private static func completionDocument(_ parts: [S3Part]) -> String {
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for part in parts.sorted(by: { $0.number < $1.number }) {
            let checksum = part.crc32c.map { "<ChecksumCRC32C>\(XMLText.escape($0))</ChecksumCRC32C>" } ?? ""
            let etag = XMLText.escape(part.etag)
            text += "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(etag)</ETag>\(checksum)</Part>"
        }
        return text + "</CompleteMultipartUpload>"
    }
}
