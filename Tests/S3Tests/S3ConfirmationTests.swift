import NIOCore
import S3
import TestSupport
import Testing

/// What the storage says it got, against what was sent.
struct S3ConfirmationTests {
    // Digests of "hello".
    private let crc32c = "mnG7TA=="
    private let md5 = "5d41402abc4b2a76b9719d911017c592"
    private let otherMD5 = "00000000000000000000000000000000"

    private func put(_ storage: ScriptedS3) async throws {
        let body = S3Body.bytes(ByteBuffer(string: "hello"))
        _ = try await storage.client.putObject(key: "k", body: body, contentType: "text/plain")
    }

    private func tagged(_ etag: String, checksum: String? = nil) -> Reply {
        .answer(headers: [("ETag", "\"\(etag)\"")] + (checksum.map { [("x-amz-checksum-crc32c", $0)] } ?? []))
    }

    @Test func `the storage is asked to check the body against its CRC32C, signed`() async throws {
        let storage = try ScriptedS3([tagged("x", checksum: crc32c)])
        try await put(storage)
        let request = try #require(storage.requests.first)
        #expect(request.header("x-amz-checksum-crc32c") == crc32c)
        #expect(request.header("authorization")?.contains("x-amz-checksum-crc32c;") == true)
    }

    @Test func `another checksum in the answer means sending again`() async throws {
        let storage = try ScriptedS3([tagged("x", checksum: "AAAA"), tagged("x", checksum: crc32c)])
        try await put(storage)
        #expect(storage.requests.count == 2)
    }

    @Test func `a checksum that stays another is an error that the caller may see as an outage`() async throws {
        let storage = try ScriptedS3(Array(repeating: tagged("x", checksum: "AAAA"), count: 3))
        let error = try await #require(throws: S3Error.self) { try await put(storage) }
        #expect(error.code == .checksumMismatch)
        #expect(error.isUnavailable)
    }

    @Test func `BadDigest means sending again`() async throws {
        let storage = try ScriptedS3([.error("BadDigest", status: 400), tagged("x", checksum: crc32c)])
        try await put(storage)
        #expect(storage.requests.count == 2)
    }

    @Test func `without a checksum in the answer an entity tag that is an MD5 confirms the body`() async throws {
        let storage = try ScriptedS3([tagged(md5.uppercased()), tagged(otherMD5), tagged(md5)])
        try await put(storage)
        #expect(storage.requests.count == 1)
        try await put(storage)
        #expect(storage.requests.count == 3)
    }

    @Test func `an answer that names nothing stored is none, and the body is sent again`() async throws {
        let storage = try ScriptedS3([.answer(), tagged("e")])
        try await put(storage)
        #expect(storage.requests.count == 2)
    }

    @Test(arguments: ["abc", "d41d8cd98f00b204e9800998ecf8427e-1", "zz41402abc4b2a76b9719d911017c592"])
    func `an entity tag that cannot be an MD5 confirms and denies nothing`(etag: String) async throws {
        let storage = try ScriptedS3([tagged(etag)])
        try await put(storage)
        #expect(storage.requests.count == 1)
    }

    @Test func `where entity tags are never the MD5 they are passed over in the end`() async throws {
        let storage = try ScriptedS3(Array(repeating: tagged(otherMD5), count: 5))
        try await put(storage)
        #expect(storage.requests.count == 3)
        try await put(storage)
        #expect(storage.requests.count == 4)
    }

    @Test func `a storage that knows no checksums is not asked again`() async throws {
        let storage = try ScriptedS3([.error("NotImplemented", status: 501), tagged(md5), tagged(md5)])
        try await put(storage)
        try await put(storage)
        let checksums = storage.requests.map { $0.header("x-amz-checksum-crc32c") }
        #expect(checksums == [crc32c, nil, nil])
    }

    private let opened = Reply.answer(
        body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    )

    @Test func `a storage that knows no checksums is asked to open an upload without them`() async throws {
        let storage = try ScriptedS3([.error("NotImplemented", status: 501), opened, tagged(md5)])
        let uploadID = try await storage.client.createMultipartUpload(key: "k", contentType: "text/plain")
        let body = S3Body.bytes(ByteBuffer(string: "hello"))
        let part = try await storage.client.uploadPart(key: "k", uploadID: uploadID, number: 1, body: body)
        #expect(part.proof == .entityTag)
        #expect(storage.requests.map { $0.header("x-amz-checksum-algorithm") } == ["CRC32C", nil, nil])
        #expect(storage.requests.map { $0.header("x-amz-checksum-crc32c") } == [nil, nil, nil])
    }

    @Test(.timeLimit(.minutes(1)))
    func `calls under way together are each sent without the checksum that was refused`() async throws {
        let held = Position()
        let server = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                guard request.header("x-amz-checksum-crc32c") != nil else {
                    try connection.respond(headers: [("ETag", "\"e\"")])
                    continue
                }
                _ = held.next()
                // None is refused before all are there.
                while held.count < 3 { connection.stall(for: .milliseconds(5)) }
                try connection.respond(status: 501, body: Reply.errorDocument("NotImplemented"))
            }
        }
        let client = try S3Client(asking: server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let body = S3Body.bytes(ByteBuffer(string: "hello"))
                    _ = try await client.putObject(key: "k\(number)", body: body, contentType: "text/plain")
                }
            }
            try await group.waitForAll()
        }
        await client.shutdown()
        #expect(server.requests.count == 6)
    }

    @Test func `a storage that refuses another header is still asked to check what arrives`() async throws {
        let refused = Reply.error("NotImplemented", status: 501)
        let storage = try ScriptedS3([refused, refused, tagged("x", checksum: crc32c)])
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.putObject(
                key: "k",
                body: .bytes(ByteBuffer(string: "hello")),
                headers: S3ObjectHeaders(contentType: "text/plain"),
                onlyIfAbsent: true
            )
        }
        #expect(error.code == .notImplemented)
        try await put(storage)
        #expect(storage.requests.map { $0.header("x-amz-checksum-crc32c") } == [crc32c, nil, crc32c])
    }

    @Test func `checksums can be insisted on, and done without`() async throws {
        let strict = try ScriptedS3([.error("NotImplemented", status: 501)], checksums: .always)
        let error = try await #require(throws: S3Error.self) { try await put(strict) }
        #expect(error.code == .notImplemented)
        let without = try ScriptedS3([tagged(md5)], checksums: .never)
        try await put(without)
        #expect(without.requests.first?.header("x-amz-checksum-crc32c") == nil)
    }

    @Test func `a multipart upload is opened for checksums, and its parts carry what was confirmed`() async throws {
        let storage = try ScriptedS3([opened, tagged("p", checksum: crc32c)])
        let uploadID = try await storage.client.createMultipartUpload(key: "k", contentType: "text/plain")
        let body = S3Body.bytes(ByteBuffer(string: "hello"))
        let part = try await storage.client.uploadPart(key: "k", uploadID: uploadID, number: 1, body: body)
        #expect(storage.requests[0].header("x-amz-checksum-algorithm") == "CRC32C")
        #expect(part == S3Part(number: 1, etag: "\"p\"", byteCount: 5, crc32c: crc32c, proof: .checksum))
    }
}
