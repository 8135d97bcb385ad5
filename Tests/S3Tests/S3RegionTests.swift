import Curl
import NIOCore
import S3
import TestSupport
import Testing

/// A bucket that is elsewhere: an error that says where, not success, and no hop to where nothing was signed for.
struct S3RegionTests {
    /// How storages answer who asks in the wrong region.
    enum Answer: CaseIterable, Sendable {
        case permanent
        case permanentWithoutWords
        case temporary
        case refusal

        func reply(location: String) -> Reply {
            let moved = [("Location", location), ("x-amz-bucket-region", "eu-west-1")]
            switch self {
            case .permanent:
                return .answer(status: 301, headers: moved, body: Reply.errorDocument("PermanentRedirect"))
            case .permanentWithoutWords:
                return .answer(status: 301)
            case .temporary:
                return .answer(status: 307, headers: moved, body: Reply.errorDocument("TemporaryRedirect"))
            case .refusal:
                return .answer(
                    status: 400,
                    body: """
                        <Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; \
                        the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>
                        """
                )
            }
        }

        var code: S3ErrorCode {
            switch self {
            case .permanent, .permanentWithoutWords: .permanentRedirect
            case .temporary: .temporaryRedirect
            case .refusal: .authorizationHeaderMalformed
            }
        }

        var hint: String { self == .permanentWithoutWords ? "another endpoint" : "eu-west-1" }
    }

    private static let calls: [@Sendable (S3Client) async throws -> Void] = [
        { storage in
            let body = S3Body.bytes(ByteBuffer(string: "hello"))
            _ = try await storage.putObject(key: "k", body: body, contentType: "text/plain")
        },
        { storage in
            let body = S3Body.bytes(ByteBuffer(string: "hello"))
            _ = try await storage.uploadPart(key: "k", uploadID: "u", number: 1, body: body)
        },
        { storage in
            let parts = [S3Part(number: 1, etag: "\"e\"", byteCount: 5)]
            _ = try await storage.completeMultipartUpload(key: "k", uploadID: "u", parts: parts)
        },
        { storage in try await storage.getObject(key: "k") { _, body in await body.discard() } },
        { storage in _ = try await storage.listObjects() },
        { storage in try await storage.deleteObjects(keys: ["k"]) },
        { storage in try await storage.deleteObject(key: "k") },
        { storage in try await storage.createBucket() },
    ]

    @Test(arguments: Answer.allCases)
    func `no call succeeds in the wrong region, and the error tells the right one`(answer: Answer) async throws {
        let elsewhere = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                try connection.respond()
            }
        }
        let reply = answer.reply(location: elsewhere.url + "/bucket/k")
        let storage = try ScriptedS3(Array(repeating: reply, count: Self.calls.count))
        for call in Self.calls {
            let error = try await #require(throws: S3Error.self) { try await call(storage.client) }
            #expect(error.code == answer.code)
            #expect(error.message.contains(answer.hint))
            #expect(!error.isUnavailable)
            #expect(!error.isNotFound)
            #expect(error.attempts == 1)
        }
        #expect(storage.requests.count == Self.calls.count)
        #expect(elsewhere.connectionCount == 0)
        elsewhere.stop()
    }

    @Test func `a HEAD has a header to tell the region, or nothing`() async throws {
        let storage = try ScriptedS3([
            .head(status: 301, headers: [("x-amz-bucket-region", "eu-west-1")]), .head(status: 307),
        ])
        let moved = try await #require(throws: S3Error.self) { try await storage.client.headBucket() }
        #expect(moved.code == .permanentRedirect)
        #expect(moved.message.contains("eu-west-1"))
        let elsewhere = try await #require(throws: S3Error.self) { _ = try await storage.client.headObject(key: "k") }
        #expect(elsewhere.code == .temporaryRedirect)
        #expect(elsewhere.message.contains("x-amz-bucket-region"))
        #expect(storage.requests.count == 2)
    }
}
