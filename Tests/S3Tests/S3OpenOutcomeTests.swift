import Curl
import NIOCore
import S3
import TestSupport
import Testing

/// What a caller learns of an attempt that was sent and not answered, when the last one was.
@Suite(.timeLimit(.minutes(1)))
struct S3OpenOutcomeTests {
    private let down = S3CircuitPolicy(failureCount: 3, probeInterval: .seconds(60), maxProbeInterval: .seconds(60))

    private func failure(_ storage: ScriptedS3, _ client: S3Client? = nil) async throws -> S3Error {
        try await #require(throws: S3Error.self) {
            _ = try await (client ?? storage.client)
                .putObject(key: "k", body: .bytes(ByteBuffer(string: "hello")), contentType: "text/plain")
        }
    }

    @Test(arguments: ["AccessDenied", "NoSuchBucket", "InvalidRequest"])
    func `a refusal does not tell what came of an attempt before it that was not answered`(code: String) async throws {
        let unanswered = try await failure(try ScriptedS3([.reset, .error(code, status: 403)]))
        #expect(unanswered.code.text == code)
        #expect(unanswered.attempts == 2)
        #expect(unanswered.leavesOutcomeOpen)
        let refused = try await failure(try ScriptedS3([.error(code, status: 403)]))
        #expect(refused.code.text == code)
        #expect(!refused.leavesOutcomeOpen)
    }

    @Test func `nor does a storage that asks to be left alone`() async throws {
        let storage = try ScriptedS3([.reset, .error("TooManyRequests", status: 429)], maxAttempts: 2)
        let error = try await failure(storage)
        #expect(error.status == 429)
        #expect(error.leavesOutcomeOpen)
    }

    @Test func `nor does a circuit that opened since`() async throws {
        let storage = try ScriptedS3(Array(repeating: .reset, count: 3), circuit: down)
        let error = try await failure(storage, storage.client.patient(for: .seconds(1)))
        #expect(error.code == .circuitOpen)
        #expect(error.leavesOutcomeOpen)
        let next = try await failure(storage)
        #expect(next.code == .circuitOpen)
        #expect(!next.leavesOutcomeOpen)
    }

    @Test func `nor does a deadline that passes while the call waits to be sent again`() async throws {
        let storage = try ScriptedS3(
            [.reset, .reset, .reset, .silence],
            circuit: S3CircuitPolicy(failureCount: 3, probeInterval: .milliseconds(100))
        )
        let client = storage.client.patient(for: .seconds(30)).until(.now.advanced(by: .milliseconds(700)))
        let error = try await failure(storage, client)
        #expect(error.leavesOutcomeOpen)
        #expect(storage.requests.map(\.method) == ["PUT", "PUT", "PUT", "HEAD"])
    }

    @Test func `nor does the look for the object of a completion that was not answered`() async throws {
        let storage = try ScriptedS3([
            .reset, .error("NoSuchUpload", status: 404), .head(status: 403),
        ])
        let part = S3Part(number: 1, etag: "e", byteCount: 5)
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.completeMultipartUpload(key: "k", uploadID: "u", parts: [part])
        }
        #expect(error.operation == "HeadObject")
        #expect(error.leavesOutcomeOpen)
    }

    @Test func `nor does a refusal of what was sent a second time over another connection`() async throws {
        let server = try ScriptedServer.start { connection in
            var count = 0
            while try connection.readRequest() != nil {
                // The kept connection turns out to be dead once the second request is on it.
                if connection.number == 0, count > 0 { return connection.reset() }
                count += 1
                let isFirst = connection.number == 0
                try connection.respond(
                    status: isFirst ? 200 : 403,
                    headers: [("ETag", "\"e\"")],
                    body: isFirst ? "" : Reply.errorDocument("AccessDenied")
                )
            }
        }
        let client = try S3Client(asking: server)
        let put = { () async throws -> Void in
            let body = S3Body.bytes(ByteBuffer(string: "hello"))
            _ = try await client.putObject(key: "k", body: body, contentType: "text/plain")
        }
        try await put()
        let error = try await #require(throws: S3Error.self) { try await put() }
        await client.shutdown()
        // Whether libcurl sent it again, or the connection's end was the answer: open it is.
        #expect(error.leavesOutcomeOpen)
        #expect(server.requests.count >= 2)
    }
}
