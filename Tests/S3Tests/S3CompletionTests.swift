import S3
import SigV4
import TestSupport
import Testing

struct S3CompletionTests {
    private let parts = [
        S3Part(number: 2, etag: "\"b<&>\"", byteCount: 3), S3Part(number: 1, etag: "\"a\"", byteCount: 5),
    ]

    private func complete(_ storage: ScriptedS3) async throws -> S3ObjectWritten {
        try await storage.client.completeMultipartUpload(key: "k", uploadID: "u", parts: parts)
    }

    @Test func `the parts are listed by number with their tags as given`() async throws {
        let storage = try ScriptedS3([.completed, .stored(byteCount: 8)])
        #expect(try await complete(storage).etag == "\"abc-2\"")
        #expect(storage.requests.map(\.method) == ["POST", "HEAD"])
        let request = try #require(storage.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/bucket/k?uploadId=u")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == """
                <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
                <Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>\
                <Part><PartNumber>2</PartNumber><ETag>&quot;b&lt;&amp;&gt;&quot;</ETag></Part>\
                </CompleteMultipartUpload>
                """
        )
    }

    @Test func `an InternalError inside a 200 is tried again`() async throws {
        // White space first: what a storage sends to keep a slow answer alive.
        let storage = try ScriptedS3([
            .answer(body: "  \n\n " + Reply.errorDocument("InternalError")), .completed, .stored(byteCount: 8),
        ])
        #expect(try await complete(storage).etag == "\"abc-2\"")
        #expect(storage.requests.count == 3)
    }

    @Test func `another error inside a 200 is an error`() async throws {
        let storage = try ScriptedS3([.answer(body: Reply.errorDocument("InvalidPart")), .completed])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .invalidPart)
        #expect(error.message == "Words about InvalidPart.")
        #expect(storage.requests.count == 1)
    }

    @Test(arguments: ["", "   \n", "<html><body>Welcome</body></html>", "<CompleteMultipartUploadResult><ETag>"])
    func `a 200 without a result is an error`(body: String) async throws {
        let storage = try ScriptedS3(Array(repeating: .answer(body: body), count: 3), maxAttempts: 3)
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .malformedResponse)
        #expect(error.status == 200)
        #expect(storage.requests.count == 3)
    }

    @Test func `a lost reply and then NoSuchUpload is success when the object has the right size`() async throws {
        let storage = try ScriptedS3([
            .reset, .error("NoSuchUpload", status: 404),
            .head(headers: [("Content-Length", "8"), ("ETag", "\"x-2\"")]),
        ])
        #expect(try await complete(storage).etag == "\"x-2\"")
        #expect(storage.requests.map(\.method) == ["POST", "POST", "HEAD"])
    }

    @Test func `a lost reply and then NoSuchUpload is an error when the object has another size`() async throws {
        let storage = try ScriptedS3([
            .reset, .error("NoSuchUpload", status: 404), .head(headers: [("Content-Length", "9")]),
        ])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .noSuchUpload)
    }

    @Test func `a lost reply and then NoSuchUpload is an error when there is no object`() async throws {
        let storage = try ScriptedS3([.reset, .error("NoSuchUpload", status: 404), .head(status: 404)])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .noSuchUpload)
    }

    @Test(arguments: [Reply.error("NoSuchUpload", status: 404), .error("NoSuchKey", status: 404), .answer(status: 404)])
    func `an upload that is gone is settled by the object, however the storage says so`(reply: Reply) async throws {
        // Also at the first attempt: libcurl may have sent the request twice over.
        let done = try ScriptedS3([reply, .stored(byteCount: 8)])
        #expect(try await complete(done).etag == "\"abc-2\"")
        let missing = try ScriptedS3([reply, .head(status: 404)])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(missing) }
        #expect(error.isNotFound)
    }

    @Test func `the object that settles a lost reply must carry our own proof`() async throws {
        let gone = Reply.error("NoSuchUpload", status: 404)
        let headers = [("Content-Length", "8"), ("ETag", "\"x-2\""), ("x-amz-meta-token", "mine")]
        for (token, isOurs) in [("mine", true), ("theirs", false)] {
            let storage = try ScriptedS3([.reset, gone, .head(headers: headers)])
            let call = {
                try await storage.client.completeMultipartUpload(
                    key: "k",
                    uploadID: "u",
                    parts: parts,
                    proof: (name: "token", value: token)
                )
            }
            if isOurs {
                #expect(try await call().etag == "\"x-2\"")
            } else {
                let error = try await #require(throws: S3Error.self) { _ = try await call() }
                #expect(error.code == .noSuchUpload)
            }
        }
    }

    @Test func `an object of another length than its parts is an error`() async throws {
        let storage = try ScriptedS3([.completed, .stored(byteCount: 7)])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .sizeMismatch)
        #expect(!error.isRetryable)
    }

    @Test func `checksums that the storage confirmed are part of the completion`() async throws {
        let storage = try ScriptedS3([.completed, .stored(byteCount: 5)])
        let part = S3Part(number: 1, etag: "\"a\"", byteCount: 5, crc32c: "Zm9v")
        _ = try await storage.client.completeMultipartUpload(key: "k", uploadID: "u", parts: [part])
        let body = String(decoding: try #require(storage.requests.first).body, as: UTF8.self)
        #expect(body.contains("<ETag>&quot;a&quot;</ETag><ChecksumCRC32C>Zm9v</ChecksumCRC32C></Part>"))
    }

    // Ours is a minute behind the storage's clock.
    @Test(arguments: [(true, ["u0", "u1"]), (false, ["before", "u0", "u1", "after", "untold"])])
    func `what a repeated opening may have opened beside is aborted after the completion, and nothing else`(
        sharesKey: Bool,
        aborted: [String]
    ) async throws {
        let opened = Reply.answer(
            headers: [("Date", "Tue, 14 Nov 2023 22:14:20 GMT")],
            body: "<InitiateMultipartUploadResult><UploadId>u2</UploadId></InitiateMultipartUploadResult>"
        )
        let uploads = [
            ("k", "before", "2023-11-14T22:13:20.000Z"), ("k", "u0", "2023-11-14T22:14:20Z"),
            ("k", "u1", "2023-11-14T22:14:21.120Z"), ("k", "after", "2023-11-14T22:14:40.000Z"), ("k", "untold", ""),
            ("k2", "other", "2023-11-14T22:14:20.000Z"),
        ]
        let listed = Reply.answer(
            body: "<ListMultipartUploadsResult>"
                + uploads.map { key, id, time in
                    "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(time)</Initiated></Upload>"
                }
                .joined() + "</ListMultipartUploadsResult>"
        )
        let storage = try ScriptedS3(
            [
                .reset, opened, .completed, .stored(byteCount: 8), listed,
            ] + aborted.map { _ in .answer(status: 204) } + [.completed, .stored(byteCount: 8)],
            clock: { SigningTime(secondsSinceEpoch: 1_700_000_000) }
        )
        let uploadID = try await storage.client.createMultipartUpload(
            key: "k",
            contentType: "text/plain",
            sharesKey: sharesKey
        )
        #expect(uploadID == "u2")
        for _ in 0..<2 {
            _ = try await storage.client.completeMultipartUpload(key: "k", uploadID: uploadID, parts: parts)
        }
        let last = storage.requests.dropFirst(4).map { "\($0.method) \($0.target)" }
        #expect(last.first?.contains("uploads=") == true)
        let deletions = aborted.map { "DELETE /bucket/k?uploadId=\($0)" }
        #expect(Array(last.dropFirst()) == deletions + ["POST /bucket/k?uploadId=u2", "HEAD /bucket/k"])
    }

    private let openedAgain = Reply.answer(
        body: "<InitiateMultipartUploadResult><UploadId>u2</UploadId></InitiateMultipartUploadResult>"
    )

    @Test func `it is aborted as well where the completion is settled by the object`() async throws {
        // The storage may still list the one that was completed.
        let upload = ["u2", "u1"].map { "<Upload><Key>k</Key><UploadId>\($0)</UploadId></Upload>" }.joined()
        let storage = try ScriptedS3([
            .reset, openedAgain, .reset, .error("NoSuchUpload", status: 404), .stored(byteCount: 8),
            .answer(body: "<ListMultipartUploadsResult>\(upload)</ListMultipartUploadsResult>"), .answer(status: 204),
        ])
        let uploadID = try await storage.client.createMultipartUpload(key: "k", contentType: "text/plain")
        let written = try await storage.client.completeMultipartUpload(key: "k", uploadID: uploadID, parts: parts)
        #expect(written.etag == "\"abc-2\"")
        let deletions = storage.requests.filter { $0.method == "DELETE" }.map(\.target)
        #expect(deletions == ["/bucket/k?uploadId=u1"])
    }

    @Test func `a storage that does not let it be looked for has the object all the same`() async throws {
        let storage = try ScriptedS3([
            .reset, openedAgain, .completed, .stored(byteCount: 8), .error("AccessDenied", status: 403), .completed,
            .stored(byteCount: 8),
        ])
        let uploadID = try await storage.client.createMultipartUpload(key: "k", contentType: "text/plain")
        for _ in 0..<2 {
            let written = try await storage.client.completeMultipartUpload(key: "k", uploadID: uploadID, parts: parts)
            #expect(written.etag == "\"abc-2\"")
        }
        #expect(storage.requests.map(\.method) == ["POST", "POST", "POST", "HEAD", "GET", "POST", "HEAD"])
    }

    // Keys are bytes: these two have one text.
    @Test func `an upload to another key of the same text is not aborted`() async throws {
        let listed = Reply.answer(
            body: """
                <ListMultipartUploadsResult><Upload><Key>e\u{301}</Key><UploadId>other</UploadId>\
                <Initiated>2023-11-14T22:13:20.000Z</Initiated></Upload></ListMultipartUploadsResult>
                """
        )
        let opened = Reply.answer(
            headers: [("Date", "Tue, 14 Nov 2023 22:13:20 GMT")],
            body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
        )
        let storage = try ScriptedS3(
            [.reset, opened, .completed, .stored(byteCount: 8), listed],
            clock: { SigningTime(secondsSinceEpoch: 1_700_000_000) }
        )
        let uploadID = try await storage.client.createMultipartUpload(key: "\u{E9}", contentType: "text/plain")
        _ = try await storage.client.completeMultipartUpload(key: "\u{E9}", uploadID: uploadID, parts: parts)
        #expect(storage.requests.count == 5)
    }

    @Test(arguments: [
        Reply.error("NoSuchUpload", status: 404), .error("NoSuchKey", status: 404), .answer(status: 404),
        .answer(status: 204),
    ])
    func `an abort is done when the upload is gone, however the storage says so`(reply: Reply) async throws {
        let storage = try ScriptedS3([reply])
        try await storage.client.abortMultipartUpload(key: "k", uploadID: "u")
        #expect(storage.requests.map(\.target) == ["/bucket/k?uploadId=u"])
    }

    @Test func `an abort in a missing bucket is an error`() async throws {
        let storage = try ScriptedS3([.error("NoSuchBucket", status: 404)])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.abortMultipartUpload(key: "k", uploadID: "u")
        }
        #expect(error.code == .noSuchBucket)
    }
}
