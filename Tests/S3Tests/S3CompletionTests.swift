import S3
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
        let storage = try ScriptedS3([.completed])
        #expect(try await complete(storage).etag == "\"abc-2\"")
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
        let storage = try ScriptedS3([.answer(body: "  \n\n " + Reply.errorDocument("InternalError")), .completed])
        #expect(try await complete(storage).etag == "\"abc-2\"")
        #expect(storage.requests.count == 2)
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

    @Test func `NoSuchUpload at the first attempt is an error without a look at the object`() async throws {
        let storage = try ScriptedS3([.error("NoSuchUpload", status: 404)])
        let error = try await #require(throws: S3Error.self) { _ = try await complete(storage) }
        #expect(error.code == .noSuchUpload)
        #expect(storage.requests.count == 1)
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
