import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

struct BackpressureTests {
    /// Room for the kernel's socket buffers on both sides and for the client's own, well under what is sent.
    private static let bound = 24 << 20
    private static let blockCount = 1024
    private static let block = patternBytes(64 * 1024)

    @Test(.timeLimit(.minutes(3)))
    func `a response that nobody reads stops arriving, and then arrives whole`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1))) { connection in
            _ = try connection.readRequest()
            let total = Self.block.count * Self.blockCount
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", String(total))]))
            for _ in 0..<Self.blockCount {
                try connection.send(Self.block)
            }
            connection.waitForClose()
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/large"))
            let sentByteCount = try await settled { server.sentByteCount }
            #expect(sentByteCount < Self.bound)

            // Far beyond the stall limit: a transfer that waits for its reader has not stalled.
            try await Task.sleep(for: .seconds(8))
            #expect(server.sentByteCount == sentByteCount)

            var received = ByteBuffer()
            for try await var chunk in response.body {
                #expect(chunk.readableBytes <= 512 * 1024)
                received.writeBuffer(&chunk)
            }
            var expected = ByteBuffer()
            for _ in 0..<Self.blockCount {
                expected.writeBytes(Self.block)
            }
            #expect(received.readableBytes == expected.readableBytes)
            #expect(received == expected)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `an upload stream is not read ahead of a server that does not read`() async throws {
        try await withServer { connection in
            guard let request = try connection.readHead() else { return }
            connection.stall(until: { Self.mayRead.value > 0 })
            var byteCount = 0
            try connection.readBody(of: request) { byteCount += $0.count }
            try connection.respond(body: String(byteCount))
        } _: { client, server in
            let body = RepeatedBuffer(buffer: ByteBuffer(bytes: Self.block), count: Self.blockCount)
            let total = Int64(Self.block.count * Self.blockCount)
            let url = "\(server.url)/large"
            async let sending = client.send(
                CurlRequest(method: .put, url: url, body: .stream(count: total, body))
            )
            #expect(await eventually { body.given.value > 0 })
            let givenByteCount = try await settled { body.given.value }
            #expect(givenByteCount < Self.bound)

            Self.mayRead.add(1)
            let response = try await sending
            #expect(try await text(response) == String(total))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `an upload stream that takes its time does not stall`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1)), script: answering()) { client, server in
            let slow = AsyncThrowingStream<ByteBuffer, any Error> { continuation in
                Task {
                    continuation.yield(ByteBuffer(string: "first "))
                    try await Task.sleep(for: .seconds(9))
                    continuation.yield(ByteBuffer(string: "second"))
                    continuation.finish()
                }
            }
            let response = try await client.send(
                CurlRequest(method: .put, url: "\(server.url)/x", body: .stream(count: 12, slow))
            )
            await response.body.discard()
            #expect(server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == "first second")
        }
    }

    /// Raised when the server of the upload test may go on.
    private static let mayRead = Counter()
}
