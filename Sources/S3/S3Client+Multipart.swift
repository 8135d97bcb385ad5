import HTTPTypes
import NIOCore

extension S3Client {
    /// Opens a multipart upload and returns its id (CreateMultipartUpload).
    package func createMultipartUpload(
        key: String,
        contentType: String,
        metadata: [(String, String)] = []
    ) async throws(S3Error) -> String {
        var call = S3Call("CreateMultipartUpload", .post, .object(key))
        call.query = [(name: "uploads", value: "")]
        call.headers = try objectHeaders(contentType: contentType, metadata: metadata, operation: call.operation)
        call.expectedRoot = "InitiateMultipartUploadResult"
        let answer = try await send(call)
        guard let uploadID = answer.document?["UploadId"], !uploadID.isEmpty else {
            throw call.error(.malformedResponse, "the answer has no UploadId")
        }
        return uploadID
    }

    /// Sends one part (UploadPart); sending it again replaces it.
    package func uploadPart(
        key: String,
        uploadID: String,
        number: Int,
        body: S3Body,
        sha256: String? = nil
    ) async throws(S3Error) -> S3Part {
        var call = S3Call("UploadPart", .put, .object(key))
        call.query = [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: uploadID)]
        call.body = body
        call.sha256 = sha256
        call.isShort = false
        let answer = try await send(call)
        guard let etag = answer.headers[.eTag], !etag.isEmpty else {
            throw call.error(.malformedResponse, "the answer has no ETag")
        }
        return S3Part(number: number, etag: etag, byteCount: body.count)
    }

    /// The parts the storage holds, of all pages, by number (ListParts).
    package func listParts(
        key: String,
        uploadID: String,
        pageSize: Int = 1000
    ) async throws(S3Error) -> [S3Part] {
        var parts: [S3Part] = []
        var marker = 0
        while true {
            var call = S3Call("ListParts", .get, .object(key))
            call.query = [(name: "max-parts", value: "\(pageSize)")]
            if marker > 0 {
                call.query.append((name: "part-number-marker", value: "\(marker)"))
            }
            call.query.append((name: "uploadId", value: uploadID))
            call.expectedRoot = "ListPartsResult"
            call.answerLimit = Self.listLimit
            let document = try await send(call).document
            for node in document?.all("Part") ?? [] {
                guard let number = node["PartNumber"].flatMap({ Int($0) }), let etag = node["ETag"],
                    let byteCount = node["Size"].flatMap({ Int64($0) })
                else {
                    throw call.error(.malformedResponse, "a part lacks its number, ETag or size")
                }
                parts.append(S3Part(number: number, etag: etag, byteCount: byteCount))
            }
            guard document?["IsTruncated"] == "true" else {
                return parts
            }
            guard let next = document?["NextPartNumberMarker"].flatMap({ Int($0) }), next > marker else {
                throw call.error(.malformedResponse, "the listing does not advance")
            }
            marker = next
        }
    }

    /// Makes the object of its parts (CompleteMultipartUpload).
    ///
    /// The storage may answer 200 before it knows, so only a result in the body is success. When an earlier attempt's
    /// reply was lost, a later one may find the upload gone: then an object of the right size says that it was done.
    package func completeMultipartUpload(
        key: String,
        uploadID: String,
        parts: [S3Part]
    ) async throws(S3Error) -> S3ObjectWritten {
        var call = S3Call("CompleteMultipartUpload", .post, .object(key))
        call.query = [(name: "uploadId", value: uploadID)]
        call.headers = [(name: "content-type", value: "application/xml")]
        call.body = .bytes(ByteBuffer(string: Self.completionDocument(parts)))
        call.expectedRoot = "CompleteMultipartUploadResult"
        // Putting a large object together may take minutes.
        call.isShort = false
        do throws(S3Error) {
            let answer = try await send(call)
            return S3ObjectWritten(etag: answer.document?["ETag"] ?? "")
        } catch {
            guard error.code == .noSuchUpload, error.attempts > 1 else {
                throw error
            }
            return try await settle(key: key, parts: parts, error)
        }
    }

    /// Discards an upload and its parts (AbortMultipartUpload); one that is not there counts as discarded.
    package func abortMultipartUpload(key: String, uploadID: String) async throws(S3Error) {
        var call = S3Call("AbortMultipartUpload", .delete, .object(key))
        call.query = [(name: "uploadId", value: uploadID)]
        do throws(S3Error) {
            _ = try await send(call)
        } catch {
            // Servers disagree on the code: NoSuchUpload, NoSuchKey, or a bare 404.
            guard error.isNotFound else {
                throw error
            }
        }
    }

    private func settle(key: String, parts: [S3Part], _ error: S3Error) async throws(S3Error) -> S3ObjectWritten {
        let head: S3ObjectHead
        do throws(S3Error) {
            head = try await headObject(key: key)
        } catch let headError {
            throw headError.isNotFound ? error : headError
        }
        guard head.byteCount == parts.reduce(0, { $0 + $1.byteCount }) else {
            throw error
        }
        return S3ObjectWritten(etag: head.etag)
    }

    private static func completionDocument(_ parts: [S3Part]) -> String {
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for part in parts.sorted(by: { $0.number < $1.number }) {
            text += "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLText.escape(part.etag))</ETag></Part>"
        }
        return text + "</CompleteMultipartUpload>"
    }
}
