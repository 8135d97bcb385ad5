import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no SeaweedFS"), .timeLimit(.minutes(2)))
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

    @Test func `three parts, out of order and one of them twice, become one object`() async throws {
        let storage = try await StorageTests.bucket()
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
        var replaced: S3Part?
        for number in [3, 1, 2] {
            let offset = Int64(number - 1) * size
            let body = S3Body.file(
                descriptor: file.fileDescriptor,
                offset: offset,
                count: min(size, Int64(whole.count) - offset)
            )
            if number == 1 {
                replaced = try await storage.uploadPart(
                    key: key,
                    uploadID: uploadID,
                    number: number,
                    body: .bytes(ByteBuffer(bytes: content(5 * Self.mebibyte, seed: 2)))
                )
            }
            parts.append(try await storage.uploadPart(key: key, uploadID: uploadID, number: number, body: body))
        }
        // SeaweedFS lists a replaced part as well.
        let listed = try await storage.listParts(key: key, uploadID: uploadID, pageSize: 2)
        #expect(listed.filter { $0 != replaced } == parts.sorted { $0.number < $1.number })

        let written = try await storage.completeMultipartUpload(key: key, uploadID: uploadID, parts: parts)
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

    @Test func `an aborted upload is gone, and may be aborted again`() async throws {
        let storage = try await StorageTests.bucket()
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

    @Test func `open uploads are found by prefix over all pages`() async throws {
        let storage = try await StorageTests.bucket()
        var opened: Set<String> = []
        for index in 0..<5 {
            opened.insert(try await storage.createMultipartUpload(key: "in/\(index)", contentType: "text/plain"))
        }
        _ = try await storage.createMultipartUpload(key: "out/0", contentType: "text/plain")
        let found = try await storage.listMultipartUploads(prefix: "in/", pageSize: 2)
        #expect(Set(found.map(\.uploadID)) == opened)
        #expect(found.allSatisfy { $0.key.hasPrefix("in/") && $0.initiated != nil })
    }

    @Test func `an upload cannot be completed with a part that was not sent`() async throws {
        let storage = try await StorageTests.bucket()
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
}
