import S3

// Keys in listings and deletions, and what an object carries beside its bytes.
extension BucketProbe {
    /// Keys that a listing spells wrongly where it does not encode, or where it encodes twice.
    private static let oddNames = ["list/a b+c", "list/d&<%2Fü", "list/e\u{1}f"]

    /// Whether keys come back from a listing as they were given, page by page.
    func listing() async throws -> CheckLine {
        let subject = "listing"
        var stored: [String] = []
        for name in Self.oddNames {
            let answer = try await put(name)
            // Not every server takes every key; a listing is judged by those that it took.
            if answer.isSuccess { stored.append(traces.key(name)) }
        }
        let refused = Self.oddNames.count - stored.count
        let listed: [String]
        do throws(S3Error) {
            listed = try await client.listObjects(prefix: traces.prefix + "list/", pageSize: 2).map(\.key)
        } catch {
            guard error.status == 403 else {
                return .note(subject, "keys with odd characters cannot be listed: \(error)")
            }
            return .bad(
                subject,
                "denied (\(error.code.text)). Allow s3:ListBucket: without it a missing object is not told as such"
            )
        }
        guard Set(listed.map { Array($0.utf8) }) == Set(stored.map { Array($0.utf8) }) else {
            return .note(subject, "keys with odd characters come back changed. Satchel's own have none")
        }
        let detail = "keys with spaces, plus signs and control characters come back as they were"
        return .good(subject, refused == 0 ? detail : "\(detail), as far as such keys are taken at all")
    }

    /// Whether many objects go with one request.
    func batchDeletion() async throws -> CheckLine {
        let subject = "batch deletion"
        let names = ["delete/a b", "delete/c&d"]
        var keys: [String] = []
        for name in names { keys.append(try await store(name)) }
        try await client.deleteObjects(keys: keys)
        for name in names {
            let isThere = try await head(name).isSuccess
            guard !isThere else {
                return .bad(subject, "DeleteObjects says that an object is deleted, and it is still there")
            }
        }
        return .good(subject, "DeleteObjects deletes")
    }

    /// Whether an object keeps what was said of it, however it came.
    func metadata() async throws -> CheckLine {
        let subject = "metadata"
        let name = "satchel-check"
        try await store("metadata", headers: [("x-amz-meta-\(name)", "kept"), ("content-type", "image/x-check")])
        let (upload, _) = try await storeInParts("metadata-parts", headers: [("x-amz-meta-\(name)", "kept")])
        let whole = try await client.headObject(key: traces.key("metadata"))
        let joined = try await client.headObject(key: upload.key)
        guard whole.contentType == "image/x-check" else {
            let answered = whole.contentType ?? "none"
            return .bad(subject, "the media type is not kept: \(answered) is answered for image/x-check")
        }
        guard joined.metadata[name] == "kept" else {
            return .note(subject, "an upload in parts does not keep it: after a lost answer its size alone tells")
        }
        guard whole.metadata[name] == "kept" else { return .note(subject, "an upload in one request does not keep it") }
        return .good(subject, "kept, and the media type")
    }
}
