import HTTPTypes

extension S3Client {
    static let listLimit = 5 * 1024 * 1024

    /// The objects whose keys begin with a prefix, of all pages up to a limit (ListObjectsV2).
    package func listObjects(
        prefix: String = "",
        limit: Int? = nil,
        pageSize: Int = 1000
    ) async throws(S3Error) -> [S3ObjectSummary] {
        let limit = limit ?? Int.max
        var objects: [S3ObjectSummary] = []
        var token: String?
        var course = ListCourse()
        while objects.count < limit {
            var call = S3Call("ListObjectsV2", .get, .bucket)
            call.query = [
                (name: "encoding-type", value: "url"),
                (name: "list-type", value: "2"),
                (name: "max-keys", value: "\(min(limit - objects.count, pageSize))"),
            ]
            if let token {
                call.query.append((name: "continuation-token", value: token))
            }
            if !prefix.isEmpty {
                call.query.append((name: "prefix", value: prefix))
            }
            call.expectedRoot = "ListBucketResult"
            call.answerLimit = Self.listLimit
            let document = try await send(call).document
            // A server may ignore the wish for encoded keys and says so by not repeating it.
            let isEncoded = document?["EncodingType"] == "url"
            for node in document?.all("Contents") ?? [] {
                objects.append(try summary(node, isEncoded: isEncoded, of: call))
            }
            guard document?["IsTruncated"] == "true" else {
                break
            }
            // Tokens are opaque: decoding one, or sending the same twice, would list for ever.
            guard let next = document?["NextContinuationToken"], !next.isEmpty, course.advances(to: next) else {
                throw call.error(.malformedResponse, "the listing does not advance")
            }
            token = next
        }
        return Array(objects.prefix(limit))
    }

    /// The multipart uploads that were neither completed nor aborted, of all pages (ListMultipartUploads).
    ///
    /// Some servers list an upload only when the prefix is its whole key.
    package func listMultipartUploads(
        prefix: String = "",
        pageSize: Int = 1000
    ) async throws(S3Error) -> [S3OpenUpload] {
        var uploads: [S3OpenUpload] = []
        var keyMarker: String?
        var uploadIDMarker: String?
        var course = ListCourse()
        while true {
            // Not with encoding-type: servers answer that it was applied and send plain keys nevertheless.
            var call = S3Call("ListMultipartUploads", .get, .bucket)
            if let keyMarker {
                call.query.append((name: "key-marker", value: keyMarker))
            }
            call.query.append((name: "max-uploads", value: "\(pageSize)"))
            if !prefix.isEmpty {
                call.query.append((name: "prefix", value: prefix))
            }
            if let uploadIDMarker {
                call.query.append((name: "upload-id-marker", value: uploadIDMarker))
            }
            call.query.append((name: "uploads", value: ""))
            call.expectedRoot = "ListMultipartUploadsResult"
            call.answerLimit = Self.listLimit
            let document = try await send(call).document
            for node in document?.all("Upload") ?? [] {
                guard let key = node["Key"], let uploadID = node["UploadId"], !key.isEmpty, !uploadID.isEmpty else {
                    throw call.error(.malformedResponse, "an upload lacks its key or its id")
                }
                uploads.append(S3OpenUpload(key: key, uploadID: uploadID, initiated: node["Initiated"]))
            }
            guard document?["IsTruncated"] == "true" else {
                return uploads
            }
            // As given: not every server gives both, nor wants one that it did not give.
            let nextKey = document?["NextKeyMarker"].flatMap { $0.isEmpty ? nil : $0 }
            let nextUploadID = document?["NextUploadIdMarker"].flatMap { $0.isEmpty ? nil : $0 }
            guard nextKey != nil || nextUploadID != nil, course.advances(to: nextKey, nextUploadID) else {
                throw call.error(.malformedResponse, "the listing does not advance")
            }
            keyMarker = nextKey
            uploadIDMarker = nextUploadID
        }
    }

    func summary(_ node: XMLNode, isEncoded: Bool, of call: S3Call) throws(S3Error) -> S3ObjectSummary {
        guard let text = node["Key"], let key = isEncoded ? ListedKey.decode(text) : text, !key.isEmpty,
            let byteCount = node["Size"].flatMap(S3Length.init(parsing:))?.byteCount
        else {
            throw call.error(.malformedResponse, "a listed object lacks a readable key or its size")
        }
        return S3ObjectSummary(
            key: key,
            byteCount: byteCount,
            etag: node["ETag"] ?? "",
            lastModified: node["LastModified"]
        )
    }
}
