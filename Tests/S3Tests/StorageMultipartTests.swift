import Curl
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: !S3TestServer.available.isEmpty, "there is no S3 server"), .timeLimit(.minutes(2)))
struct StorageMultipartTests {
    private static let mebibyte = 1024 * 1024

    private func content(_ byteCount: Int, seed: UInt64) -> [UInt8] {
        var state = seed
        return (0..<byteCount)
            .map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
    }

    // What a listing says of a part; it names no checksum.
    private func listing(of parts: [S3Part]) -> [S3Part] {
        parts.sorted { $0.number < $1.number }
            .map { S3Part(number: $0.number, etag: $0.etag, byteCount: $0.byteCount) }
    }

    @Test(arguments: S3TestServer.available)
    func `three parts, out of order and one of them twice, become one object`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let key = "videos/a +b.mp4"
        let whole = content(11 * Self.mebibyte + 17, seed: 1)
        let directory = try TemporaryDirectory()
        let path = directory.file("spool")
        try Data(whole).write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }

        let uploadID = try await storage.createMultipartUpload(
            key: key,
            contentType: "video/mp4",
            metadata: [("token", "t-1")]
        )
        #expect(try await storage.listMultipartUploads().map(\.uploadID) == [uploadID])
        let size = Int64(5 * Self.mebibyte)
        var parts: [S3Part] = []
        for number in [3, 1, 2] {
            let offset = Int64(number - 1) * size
            let body = S3Body.file(
                descriptor: file.fileDescriptor,
                offset: offset,
                count: min(size, Int64(whole.count) - offset)
            )
            if number == 1 {
                _ = try await storage.uploadPart(
                    key: key,
                    uploadID: uploadID,
                    number: number,
                    body: .bytes(ByteBuffer(bytes: content(5 * Self.mebibyte, seed: 2)))
                )
                try await untilTheNextSecond()
            }
            parts.append(try await storage.uploadPart(key: key, uploadID: uploadID, number: number, body: body))
        }
        let listed = try await storage.listParts(key: key, uploadID: uploadID, pageSize: 2)
        #expect(listed == listing(of: parts))

        let written = try await storage.completeMultipartUpload(key: key, uploadID: uploadID, parts: parts)
        // The MD5 of the parts' MD5s and their number: no digest of the object, and never taken for one.
        #expect(written.etag.contains("-3"))
        let (head, body) = try await storage.getObject(key: key) { head, body in
            try await (head, body.collect(upTo: 20 * Self.mebibyte))
        }
        #expect(head.byteCount == Int64(whole.count))
        #expect(head.contentType == "video/mp4")
        #expect(head.metadata["token"] == "t-1")
        // Not #expect on the bytes themselves, whose description would fill the log.
        let isSame = body.readableBytesView.elementsEqual(whole)
        #expect(isSame)
        #expect(try await storage.listMultipartUploads().isEmpty)
    }

    // SeaweedFS lists each version of a part, in no order, with whole seconds.
    @Test(arguments: S3TestServer.available)
    func `a part that was sent again is listed once, as its latest version`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let uploadID = try await storage.createMultipartUpload(key: "k", contentType: "text/plain")
        var last: S3Part?
        for body in ["first", "second", "third and last"] {
            if last != nil { try await untilTheNextSecond() }
            last = try await storage.uploadPart(
                key: "k",
                uploadID: uploadID,
                number: 1,
                body: .bytes(ByteBuffer(string: body))
            )
        }
        let part = try #require(last)
        #expect(try await storage.listParts(key: "k", uploadID: uploadID) == listing(of: [part]))
        _ = try await storage.completeMultipartUpload(key: "k", uploadID: uploadID, parts: [part])
        let body = try await storage.getObject(key: "k") { _, body in try await body.collect(upTo: 100) }
        #expect(String(buffer: body) == "third and last")
    }

    @Test(arguments: S3TestServer.available)
    func `an upload that is completed again is the same object or gone, and neither harms it`(
        server: S3TestServer
    ) async throws {
        let storage = try await server.makeClient()
        let uploadID = try await storage.createMultipartUpload(
            key: "k",
            contentType: "text/plain",
            metadata: [("token", "t-2")]
        )
        let part = try await storage.uploadPart(
            key: "k",
            uploadID: uploadID,
            number: 1,
            body: .bytes(ByteBuffer(string: "hello"))
        )
        let first = try await storage.completeMultipartUpload(key: "k", uploadID: uploadID, parts: [part])
        // AWS and these servers repeat their answer, MinIO has forgotten the upload: then its size and token tell.
        let again = try await storage.completeMultipartUpload(
            key: "k",
            uploadID: uploadID,
            parts: [part],
            proof: (name: "token", value: "t-2")
        )
        #expect(again == first)
        try await storage.abortMultipartUpload(key: "k", uploadID: uploadID)
        #expect(try await storage.headObject(key: "k").byteCount == 5)
    }

    @Test(arguments: S3TestServer.available)
    func `an aborted upload is gone, and may be aborted again`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let uploadID = try await storage.createMultipartUpload(key: "k", contentType: "text/plain")
        _ = try await storage.uploadPart(
            key: "k",
            uploadID: uploadID,
            number: 1,
            body: .bytes(ByteBuffer(string: "only part"))
        )
        try await storage.abortMultipartUpload(key: "k", uploadID: uploadID)
        try await storage.abortMultipartUpload(key: "k", uploadID: uploadID)
        #expect(try await storage.listMultipartUploads().isEmpty)
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.listParts(key: "k", uploadID: uploadID)
        }
        #expect(error.isNotFound)
    }

    // moto gives all of them as one page.
    @Test(arguments: S3TestServer.available)
    func `open uploads are found by prefix over all pages`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        var opened: Set<String> = []
        for index in 0..<5 {
            opened.insert(try await storage.createMultipartUpload(key: "in/\(index)", contentType: "text/plain"))
        }
        _ = try await storage.createMultipartUpload(key: "out/0", contentType: "text/plain")
        let found = try await storage.listMultipartUploads(prefix: "in/", pageSize: 2)
        #expect(Set(found.map(\.uploadID)) == opened)
        #expect(found.allSatisfy { $0.key.hasPrefix("in/") && $0.initiated != nil })
    }

    @Test(arguments: S3TestServer.available)
    func `an upload cannot be completed with a part that was not sent`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let uploadID = try await storage.createMultipartUpload(key: "k", contentType: "text/plain")
        let sent = try await storage.uploadPart(
            key: "k",
            uploadID: uploadID,
            number: 1,
            body: .bytes(ByteBuffer(string: "x"))
        )
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.completeMultipartUpload(
                key: "k",
                uploadID: uploadID,
                parts: [S3Part(number: 2, etag: sent.etag, byteCount: 1)]
            )
        }
        #expect(error.code == .invalidPart)
        try await storage.abortMultipartUpload(key: "k", uploadID: uploadID)
    }

    @Test(arguments: S3TestServer.available)
    func `an upload cannot be completed with a small part that is not the last`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let uploadID = try await storage.createMultipartUpload(key: "k", contentType: "text/plain")
        var parts: [S3Part] = []
        for number in [1, 2] {
            let body = S3Body.bytes(ByteBuffer(string: "x"))
            parts.append(try await storage.uploadPart(key: "k", uploadID: uploadID, number: number, body: body))
        }
        let sent = parts
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.completeMultipartUpload(key: "k", uploadID: uploadID, parts: sent)
        }
        #expect(error.code == .entityTooSmall)
        #expect(try await storage.listObjects().isEmpty)
        try await storage.abortMultipartUpload(key: "k", uploadID: uploadID)
    }

    // Some servers tell whole seconds of a part's time.
    private func untilTheNextSecond() async throws {
        try await Task.sleep(for: .milliseconds(1100))
    }
}
