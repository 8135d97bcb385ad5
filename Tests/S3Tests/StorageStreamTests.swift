import Crypto
import Curl
import NIOCore
import S3
import TestSupport
import Testing

/// Objects whose bytes come as they are read, and can be sent but once.
@Suite(.timeLimit(.minutes(2)))
struct StorageStreamTests {
    private struct Failure: Error {}

    private let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    private let headers = S3ObjectHeaders(contentType: "text/plain", metadata: [(name: "origin", value: "test 1")])
    private var md5: [UInt8] { Array(Insecure.MD5.hash(data: content)) }

    /// The content in pieces, up to a count of bytes, and then a failure where that is asked for.
    private func stream(upTo end: Int, fails: Bool = false) -> AsyncThrowingStream<ByteBuffer, any Error> {
        AsyncThrowingStream { continuation in
            for start in stride(from: 0, to: end, by: 70_000) {
                continuation.yield(ByteBuffer(bytes: content[start..<min(start + 70_000, end)]))
            }
            continuation.finish(throwing: fails ? Failure() : nil)
        }
    }

    private func put(
        _ storage: S3Client,
        _ stream: AsyncThrowingStream<ByteBuffer, any Error>,
        md5: [UInt8],
        onlyIfAbsent: Bool = false
    ) async throws(S3Error) -> S3ObjectWritten {
        try await storage.putObject(
            key: "k",
            streaming: stream,
            byteCount: Int64(content.count),
            md5: md5,
            headers: headers,
            onlyIfAbsent: onlyIfAbsent
        )
    }

    @Test(arguments: S3TestServer.available)
    func `it comes back as it went`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        _ = try await put(storage, stream(upTo: content.count), md5: md5)
        let (head, body) = try await storage.getObject(key: "k") { head, body in
            try await (head, body.collect(upTo: 4_000_000))
        }
        let isSame = Array(body.readableBytesView) == content
        #expect(isSame)
        #expect(head.contentType == "text/plain")
        #expect(head.metadata["origin"] == "test 1")
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `other bytes than those of the MD5 are refused, and not stored`() async throws {
        let storage = try await S3TestServer.seaweedFS.makeClient()
        var other = md5
        other[0] ^= 1
        let error = await #expect(throws: S3Error.self) {
            try await put(storage, stream(upTo: content.count), md5: other)
        }
        #expect(error?.code == .badDigest, "\(String(describing: error))")
        #expect(error?.attempts == 1)
        #expect(try await storage.headObject(ifPresent: "k") == nil)
    }

    @Test(arguments: S3TestServer.available)
    func `what ends too early, or fails on its way, is not stored`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        for fails in [false, true] {
            let error = await #expect(throws: S3Error.self) {
                try await put(storage, stream(upTo: 2_000_000, fails: fails), md5: md5)
            }
            #expect(error?.code == .transport(.bodyReadFailed), "\(String(describing: error))")
            #expect(try await storage.headObject(ifPresent: "k") == nil)
        }
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `only where the key is free it is stored, if that is asked for`() async throws {
        let storage = try await S3TestServer.seaweedFS.makeClient()
        _ = try await storage.putObject(key: "k", body: .bytes(ByteBuffer(string: "first")), contentType: "text/plain")
        let error = await #expect(throws: S3Error.self) {
            try await put(storage, stream(upTo: content.count), md5: md5, onlyIfAbsent: true)
        }
        #expect(error?.code == .preconditionFailed, "\(String(describing: error))")
        #expect(try await storage.headObject(key: "k").byteCount == 5)
    }

    @Test func `it is sent once, whatever it fails of, and its MD5 is signed in the place of its bytes`() async throws {
        let storage = try ScriptedS3([.error("SlowDown", status: 503), .answer(headers: [("ETag", "\"e\"")])])
        let error = await #expect(throws: S3Error.self) {
            try await put(storage.client, stream(upTo: content.count), md5: md5)
        }
        #expect(error?.code == .slowDown)
        #expect(error?.attempts == 1)
        #expect(storage.requests.count == 1)
        let request = try #require(storage.requests.first)
        #expect(request.header("content-md5") == "R3Ov55/YLcaFtaLOIXk6xA==")
        #expect(request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD")
        #expect(request.header("authorization")?.contains("content-md5;") == true)
        #expect(request.header("content-length") == "3000000")
    }
}
