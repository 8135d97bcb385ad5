import NIOCore
import TestSupport
import Testing

@testable import S3

/// Copies inside a real bucket.
@Suite(.enabled(if: !S3TestServer.available.isEmpty, "there is no S3 server"), .timeLimit(.minutes(2)))
struct StorageCopyTests {
    private func content(_ byteCount: Int) -> ByteBuffer {
        var state: UInt64 = 5
        return ByteBuffer(
            bytes: (0..<byteCount)
                .map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: state >> 56)
                }
        )
    }

    @Test(arguments: S3TestServer.available)
    func `a copy has the bytes and the type, and outlives the original`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let bytes = content(100_000)
        let source = "videos/a +b.mp4"
        _ = try await storage.putObject(key: source, body: .bytes(bytes), contentType: "video/mp4")
        try await storage.copyObject(
            from: source,
            to: "copies/one",
            byteCount: 100_000,
            contentType: "video/mp4"
        )
        try await storage.deleteObject(key: source)
        let (head, body) = try await storage.getObject(key: "copies/one") { head, body in
            try await (head, body.collect(upTo: 1_000_000))
        }
        #expect(body == bytes)
        #expect(head.contentType == "video/mp4")
    }

    @Test(arguments: S3TestServer.available)
    func `a copy in parts has the bytes and the type, and leaves no upload open`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let byteCount = (11 << 20) + 17
        let bytes = content(byteCount)
        _ = try await storage.putObject(key: "source", body: .bytes(bytes), contentType: "video/mp4")
        try await storage.copyObject(
            from: "source",
            to: "copies/two",
            byteCount: Int64(byteCount),
            contentType: "video/mp4",
            singleLimit: 5 << 20
        )
        let (head, body) = try await storage.getObject(key: "copies/two") { head, body in
            try await (head, body.collect(upTo: 20 << 20))
        }
        #expect(body == bytes)
        #expect(head.contentType == "video/mp4")
        #expect(try await storage.listMultipartUploads().isEmpty)
    }

    @Test(arguments: S3TestServer.available)
    func `an object that is not there cannot be copied`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let error = try await #require(throws: S3Error.self) {
            try await storage.copyObject(from: "nothing", to: "copy", byteCount: 1, contentType: "text/plain")
        }
        #expect(error.isNotFound)
        #expect(try await storage.listObjects().isEmpty)
    }
}
