import HTTPTypes

extension S3Client {
    /// Hands out the objects whose keys begin with a prefix, a page at a time (ListObjectsV2).
    ///
    /// With `startAfter`, those alone whose keys come after it in the order of the keys' bytes. Ends where the closure
    /// answers false. Throws `S3Error`, or what the closure throws.
    package func listPages(
        prefix: String = "",
        startAfter: String? = nil,
        pageSize: Int = 1000,
        _ take: ([S3ObjectSummary]) async throws -> Bool
    ) async throws {
        var token: String?
        var course = ListCourse()
        while true {
            let page = try await listPage(prefix: prefix, startAfter: startAfter, token: token, pageSize: pageSize)
            if !page.objects.isEmpty {
                guard try await take(page.objects) else { return }
            }
            guard let next = page.next else { return }
            guard course.advances(to: next) else {
                throw S3Error(
                    code: .malformedResponse,
                    message: "the listing does not advance",
                    operation: "ListObjectsV2"
                )
            }
            token = next
        }
    }

    /// One page, and the token of the page after it; nil after the last.
    func listPage(
        prefix: String,
        startAfter: String?,
        token: String?,
        pageSize: Int
    ) async throws(S3Error) -> (objects: [S3ObjectSummary], next: String?) {
        var call = S3Call("ListObjectsV2", .get, .bucket)
        if let token {
            call.query.append((name: "continuation-token", value: token))
        }
        call.query += [
            (name: "encoding-type", value: "url"),
            (name: "list-type", value: "2"),
            (name: "max-keys", value: "\(pageSize)"),
        ]
        if !prefix.isEmpty {
            call.query.append((name: "prefix", value: prefix))
        }
        if let startAfter, token == nil {
            call.query.append((name: "start-after", value: startAfter))
        }
        call.expectedRoot = "ListBucketResult"
        call.answerLimit = Self.listLimit
        let document = try await send(call).document
        // A server may ignore the wish for encoded keys and says so by not repeating it.
        let isEncoded = document?["EncodingType"] == "url"
        var objects: [S3ObjectSummary] = []
        for node in document?.all("Contents") ?? [] {
            objects.append(try summary(node, isEncoded: isEncoded, of: call))
        }
        guard document?["IsTruncated"] == "true" else { return (objects, nil) }
        // Tokens are opaque: decoding one, or sending the same twice, would list for ever.
        guard let next = document?["NextContinuationToken"], !next.isEmpty, next != token else {
            throw call.error(.malformedResponse, "the listing does not advance")
        }
        return (objects, next)
    }
}
