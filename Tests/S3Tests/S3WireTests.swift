import Curl
import NIOCore
import TestSupport
import Testing

@testable import S3

struct S3WireTests {
    @Test(arguments: [
        ("a b/c+d%e", "/bucket/a%20b/c%2Bd%25e"),
        ("a/../b//c/.", "/bucket/a/../b//c/."),
        ("q?x&y#z=;:@!$'()*,[]\"<>|~", "/bucket/q%3Fx%26y%23z%3D%3B%3A%40%21%24%27%28%29%2A%2C%5B%5D%22%3C%3E%7C~"),
        ("nfc-\u{E9}", "/bucket/nfc-%C3%A9"),
        ("nfd-e\u{301}", "/bucket/nfd-e%CC%81"),
    ])
    func `a key goes on the wire with each byte encoded once`(key: String, target: String) async throws {
        let storage = try ScriptedS3([.answer(status: 204)])
        try await storage.client.deleteObject(key: key)
        #expect(storage.requests.map(\.target) == [target])
    }

    @Test func `an object without bytes is a PUT of length 0`() async throws {
        let storage = try ScriptedS3([.answer(headers: [("ETag", "\"e\"")])])
        _ = try await storage.client.putObject(key: "k", body: .bytes(ByteBuffer()), contentType: "text/plain")
        let request = try #require(storage.requests.first)
        #expect(request.header("content-length") == "0")
        #expect(request.header("transfer-encoding") == nil)
        #expect(
            request.header("x-amz-content-sha256") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    @Test func `opening an upload is a POST of length 0 with type and metadata`() async throws {
        let storage = try ScriptedS3([
            .answer(body: "<InitiateMultipartUploadResult><UploadId>u/1</UploadId></InitiateMultipartUploadResult>")
        ])
        let uploadID = try await storage.client.createMultipartUpload(
            key: "k",
            contentType: "video/mp4",
            metadata: [("Owner", "somebody")]
        )
        #expect(uploadID == "u/1")
        let request = try #require(storage.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/bucket/k?uploads=")
        #expect(request.header("content-length") == "0")
        #expect(request.header("content-type") == "video/mp4")
        #expect(request.header("x-amz-meta-owner") == "somebody")
    }

    @Test func `what hops may change is sent but not signed`() async throws {
        let storage = try ScriptedS3([
            .answer(status: 206, headers: [("Content-Range", "bytes 2-4/10")], body: "cde")
        ])
        let (head, body) = try await storage.client.getObject(key: "k", range: 2...4) { head, body in
            try await (head, body.collect(upTo: 100))
        }
        #expect(head.byteCount == 10)
        #expect(head.bodyByteCount == 3)
        #expect(String(buffer: body) == "cde")
        let request = try #require(storage.requests.first)
        #expect(request.header("accept-encoding") == "identity")
        #expect(request.header("range") == "bytes=2-4")
        #expect(request.header("expect") == nil)
        let authorization = try #require(request.header("authorization"))
        #expect(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"))
    }

    @Test func `a body goes out unsigned when signing it is off`() async throws {
        let storage = try ScriptedS3([.answer(headers: [("ETag", "e")])], signsPayload: .never)
        _ = try await storage.client.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "text/plain"
        )
        #expect(storage.requests.first?.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD")
    }

    @Test func `a digest that the caller knows is not computed again`() async throws {
        let storage = try ScriptedS3([.answer(headers: [("ETag", "e")])])
        let known = String(repeating: "a", count: 64)
        _ = try await storage.client.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "x")),
            digests: S3BodyDigests(sha256: known),
            contentType: "text/plain"
        )
        #expect(storage.requests.first?.header("x-amz-content-sha256") == known)
    }

    @Test func `a call without a key is refused before it could name the bucket`() async throws {
        let storage = try ScriptedS3([.answer(status: 204)])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.deleteObject(key: "")
        }
        #expect(error.code == .invalidRequest)
        #expect(storage.server.connectionCount == 0)
    }

    @Test(arguments: ["naïve", "a\r\nx-amz-acl: public-read"])
    func `metadata that a header cannot say is refused`(value: String) async throws {
        let storage = try ScriptedS3([.answer()])
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.putObject(
                key: "k",
                body: .bytes(ByteBuffer(string: "x")),
                contentType: "text/plain",
                metadata: [("name", value)]
            )
        }
        #expect(error.code == .invalidRequest)
        #expect(storage.server.connectionCount == 0)
    }

    @Test func `a HEAD has only its status to tell what is missing`() async throws {
        let storage = try ScriptedS3([.head(status: 404), .head(status: 404), .head(status: 403)])
        let object = try await #require(throws: S3Error.self) { _ = try await storage.client.headObject(key: "k") }
        #expect(object.code == .noSuchKey)
        #expect(object.isNotFound)
        let bucket = try await #require(throws: S3Error.self) { try await storage.client.headBucket() }
        #expect(bucket.code == .noSuchBucket)
        #expect(!bucket.isNotFound)
        let denied = try await #require(throws: S3Error.self) { try await storage.client.headBucket() }
        #expect(denied.code == .accessDenied)
    }

    @Test func `a storage that ignores the range is found out`() async throws {
        let storage = try ScriptedS3([.answer(body: "0123456789")])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.getObject(key: "k", range: 2...4) { _, body in await body.discard() }
        }
        #expect(error.code == .malformedResponse)
    }

    // A cache on the way may have kept another one.
    @Test(arguments: [
        nil, "bytes 0-2/10", "bytes 2-3/10", "bytes 2-6/10", "bytes 2-5/10", "bytes 4-2/10", "bytes 2-4/4",
        "items 2-4/10",
    ])
    func `a range that was not asked for is not taken for the one that was`(contentRange: String?) async throws {
        let headers = contentRange.map { [("Content-Range", $0)] } ?? []
        let storage = try ScriptedS3([.answer(status: 206, headers: headers, body: "cde")])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.getObject(key: "k", range: 2...4) { _, body in await body.discard() }
        }
        #expect(error.code == .malformedResponse)
    }

    @Test(arguments: [
        ("bytes 2-4/10", "cde"), ("bytes 2-4/*", "cde"), ("Bytes 2-3/4", "cd"), ("bytes 2-2/*", "c"),
    ])
    func `a range is the one that was asked for, or what there is of it`(
        contentRange: String,
        bytes: String
    ) async throws {
        let storage = try ScriptedS3([
            .answer(status: 206, headers: [("Content-Range", contentRange)], body: bytes)
        ])
        let read = try await storage.client.getObject(key: "k", range: 2...4) { _, body in
            String(buffer: try await body.collect(upTo: 100))
        }
        #expect(read == bytes)
    }

    @Test func `a piece is not taken for a whole object`() async throws {
        let storage = try ScriptedS3([
            .answer(status: 206, headers: [("Content-Range", "bytes 0-2/10")], body: "abc")
        ])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.getObject(key: "k") { _, body in await body.discard() }
        }
        #expect(error.code == .malformedResponse)
    }

    @Test func `an object's body that breaks off is an S3 error`() async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "1000")]))
            try connection.send("only this")
        }
        let storage = try ScriptedS3([])
        var configuration = storage.client.configuration
        configuration.endpoint = try S3Endpoint(parsing: server.url)
        let client = try S3Client(configuration: configuration)
        let error = try await #require(throws: S3Error.self) {
            _ = try await client.getObject(key: "k") { _, body in try await body.collect(upTo: 10_000) }
        }
        #expect(error.code == .transport(.connectionLost))
        #expect(error.isUnavailable)
    }

    @Test func `an answer beyond the limit is refused`() async throws {
        let padding = String(repeating: " ", count: 1024 * 1024)
        let storage = try ScriptedS3(
            [.answer(body: "<InitiateMultipartUploadResult>\(padding)</InitiateMultipartUploadResult>")],
            maxAttempts: 1
        )
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.createMultipartUpload(key: "k", contentType: "text/plain")
        }
        #expect(error.code == .malformedResponse)
    }

    @Test func `an error says what failed but no secret`() async throws {
        let storage = try ScriptedS3([.error("SignatureDoesNotMatch", status: 403)])
        let error = try await #require(throws: S3Error.self) { try await storage.client.deleteObject(key: "k") }
        #expect("\(error)".hasPrefix("DeleteObject failed: SignatureDoesNotMatch (status 403)"))
        #expect(!"\(error)".contains("AWS4-HMAC"))
    }
}
