import Curl
import NIOCore
import S3
import SigV4
import TestSupport
import Testing

/// What requests carry beside their path, and what they do not: each was too much for some server.
struct S3FramingTests {
    @Test(arguments: [1, 70_000, 3_000_000], [PayloadSigning.always, .never])
    func `a body goes out with its length, whole, and without asking first`(
        byteCount: Int,
        signing: PayloadSigning
    ) async throws {
        let storage = try ScriptedS3([.answer(headers: [("ETag", "\"p\"")])], signsPayload: signing)
        let body = S3Body.bytes(ByteBuffer(repeating: 0x61, count: byteCount))
        _ = try await storage.client.uploadPart(key: "k", uploadID: "u", number: 1, body: body)
        let request = try #require(storage.requests.first)
        #expect(request.header("content-length") == "\(byteCount)")
        #expect(request.body.count == byteCount)
        // Chunks with signatures or trailers are not for everybody, and some store their framing's name.
        let absent = [
            "transfer-encoding", "content-encoding", "x-amz-trailer", "x-amz-decoded-content-length", "expect", "range",
        ]
        for name in absent {
            #expect(request.header(name) == nil, "\(name)")
        }
        #expect(request.header("x-amz-content-sha256")?.hasPrefix("STREAMING") == false)
    }

    @Test func `type and metadata go with the object, signed`() async throws {
        let storage = try ScriptedS3([.answer(headers: [("ETag", "\"e\"")])])
        _ = try await storage.client.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "hello")),
            contentType: "video/quicktime",
            metadata: [("Owner", "somebody")]
        )
        let request = try #require(storage.requests.first)
        #expect(request.header("content-type") == "video/quicktime")
        #expect(request.header("x-amz-meta-owner") == "somebody")
        let authorization = try #require(request.header("authorization"))
        #expect(authorization.contains("SignedHeaders=content-type;host;"))
        #expect(authorization.contains(";x-amz-meta-owner,"))
    }

    @Test func `a whole object is asked for without a range, and never compressed`() async throws {
        let storage = try ScriptedS3([.answer(body: "abc"), .head(headers: [("Content-Length", "3")])])
        try await storage.client.getObject(key: "k") { _, body in await body.discard() }
        _ = try await storage.client.headObject(key: "k")
        #expect(storage.requests.map(\.method) == ["GET", "HEAD"])
        for request in storage.requests {
            #expect(request.header("range") == nil)
            #expect(request.header("accept-encoding") == "identity")
            #expect(request.header("authorization")?.contains("accept-encoding") == false)
        }
    }

    @Test func `a request is signed for the host and port that it is sent to`() async throws {
        let time = SigningTime(secondsSinceEpoch: 1_800_000_000)
        let storage = try ScriptedS3([.head()], clock: { time })
        try await storage.client.headBucket()
        let request = try #require(storage.requests.first)
        let signer = Signer(
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret"),
            region: "us-east-1",
            service: "s3"
        )
        func authorization(for host: String) -> String? {
            let unsigned = SigningRequest(method: "HEAD", host: host, path: "/bucket")
            return signer.sign(unsigned, payload: .empty, at: time).headers.first { $0.name == "Authorization" }?.value
        }
        let host = "127.0.0.1:\(storage.server.port)"
        #expect(request.header("host") == host)
        #expect(request.header("authorization") == authorization(for: host))
        #expect(request.header("authorization") != authorization(for: "127.0.0.1"))
    }

    @Test func `a value of a query is encoded byte by byte`() async throws {
        let storage = try ScriptedS3([
            .answer(body: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        ])
        #expect(try await storage.client.listObjects(prefix: "a !'()*+;=&/\u{E9}").isEmpty)
        let query = "encoding-type=url&list-type=2&max-keys=1000"
        let prefix = "a%20%21%27%28%29%2A%2B%3B%3D%26%2F%C3%A9"
        #expect(storage.requests.map(\.target) == ["/bucket?\(query)&prefix=\(prefix)"])
    }

    // Without the right to list, AWS says 403 of a key that is not there: nobody can tell the two apart.
    @Test func `a refusal is not taken for a missing object`() async throws {
        let storage = try ScriptedS3([.head(status: 403), .error("AccessDenied", status: 403)])
        let head = try await #require(throws: S3Error.self) { _ = try await storage.client.headObject(key: "k") }
        let delete = try await #require(throws: S3Error.self) { try await storage.client.deleteObject(key: "k") }
        for error in [head, delete] {
            #expect(error.code == .accessDenied)
            #expect(!error.isNotFound)
            #expect(!error.isUnavailable)
        }
        #expect(storage.requests.count == 2)
    }
}
