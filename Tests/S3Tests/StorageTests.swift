import Curl
import Foundation
import NIOCore
import S3
import SigV4
import TestSupport
import Testing

/// Every call, against real servers.
@Suite(.enabled(if: !S3TestServer.available.isEmpty, "there is no S3 server"), .timeLimit(.minutes(2)))
struct StorageTests {
    @Test(arguments: S3TestServer.available)
    func `an object comes back as it went`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let content = ByteBuffer(bytes: (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let written = try await storage.putObject(
            key: "a/b.bin",
            body: .bytes(content),
            contentType: "application/x-thing",
            metadata: [("Origin", "test 1")]
        )
        #expect(!written.etag.isEmpty)
        let (head, body) = try await storage.getObject(key: "a/b.bin") { head, body in
            try await (head, body.collect(upTo: 1_000_000))
        }
        #expect(body == content)
        #expect(head.byteCount == 100_000)
        #expect(head.contentType == "application/x-thing")
        #expect(head.metadata["origin"] == "test 1")
        #expect(head.etag == written.etag)
        #expect(try await storage.headObject(key: "a/b.bin") == head)
    }

    @Test(arguments: S3TestServer.available)
    func `a stretch of a file is stored, signed and unsigned`(server: S3TestServer) async throws {
        var configuration = try await server.configuration(bucket: try await server.makeBucket())
        let directory = try TemporaryDirectory()
        let path = directory.file("spool")
        try Data("0123456789".utf8).write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        for signing in [PayloadSigning.always, .never] {
            configuration.signsPayload = signing
            let storage = try S3Client(configuration: configuration)
            _ = try await storage.putObject(
                key: "k-\(signing)",
                body: .file(descriptor: file.fileDescriptor, offset: 3, count: 4),
                contentType: "text/plain"
            )
            let body = try await storage.getObject(key: "k-\(signing)") { _, body in try await body.collect(upTo: 100) }
            #expect(String(buffer: body) == "3456")
        }
    }

    @Test(arguments: S3TestServer.available)
    func `an object may be empty`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        _ = try await storage.putObject(key: "empty", body: .bytes(ByteBuffer()), contentType: "text/plain")
        #expect(try await storage.headObject(key: "empty").byteCount == 0)
    }

    @Test(arguments: S3TestServer.available)
    func `a range is that range`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        _ = try await storage.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "0123456789")),
            contentType: "text/plain"
        )
        let (head, body) = try await storage.getObject(key: "k", range: 2...5) { head, body in
            try await (head, body.collect(upTo: 100))
        }
        #expect(String(buffer: body) == "2345")
        #expect(head.byteCount == 10)
        #expect(head.bodyByteCount == 4)
        let error = try await #require(throws: S3Error.self) {
            try await storage.getObject(key: "k", range: 10...20) { _, body in await body.discard() }
        }
        #expect(error.code == .invalidRange)
    }

    @Test(arguments: S3TestServer.available)
    func `a listing goes through all pages, in order, up to a limit`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let keys = (0..<7).map { "page +\($0)" }
        for key in keys {
            _ = try await storage.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: "xy")),
                contentType: "text/plain"
            )
        }
        let all = try await storage.listObjects(pageSize: 2)
        #expect(all.map(\.key) == keys)
        #expect(all.allSatisfy { $0.byteCount == 2 && !$0.etag.isEmpty && $0.lastModified != nil })
        #expect(try await storage.listObjects(limit: 3, pageSize: 2).map(\.key) == Array(keys.prefix(3)))
        #expect(try await storage.listObjects(prefix: "none").isEmpty)
    }

    @Test(arguments: S3TestServer.available)
    func `more than a thousand objects are deleted, there or not`(server: S3TestServer) async throws {
        // Swift deletes the objects of a request almost one by one.
        let storage = try await server.makeClient { $0.requestTimeout = .seconds(100) }
        let keys = (0..<1002).map { "k\($0)" }
        for index in [0, 999, 1000, 1001] {
            _ = try await storage.putObject(
                key: keys[index],
                body: .bytes(ByteBuffer(string: "x")),
                contentType: "text/plain"
            )
        }
        try await storage.deleteObjects(keys: keys)
        #expect(try await storage.listObjects().isEmpty)
        try await storage.deleteObject(key: "never there")
        try await storage.deleteObjects(keys: [])
    }

    @Test(arguments: S3TestServer.available)
    func `what is missing is told apart`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let get = try await #require(throws: S3Error.self) {
            try await storage.getObject(key: "none") { _, body in await body.discard() }
        }
        #expect(get.code == .noSuchKey)
        #expect(get.isNotFound)
        #expect(get.requestID != nil)
        let head = try await #require(throws: S3Error.self) { _ = try await storage.headObject(key: "none") }
        #expect(head.isNotFound)

        let nowhere = try S3Client(configuration: try await server.configuration(bucket: "no-such-bucket-here"))
        let list = try await #require(throws: S3Error.self) { _ = try await nowhere.listObjects() }
        #expect(list.code == .noSuchBucket)
        #expect(!list.isNotFound)
        let put = try await #require(throws: S3Error.self) {
            _ = try await nowhere.putObject(
                key: "k",
                body: .bytes(ByteBuffer(string: "x")),
                contentType: "text/plain"
            )
        }
        #expect(put.code == .noSuchBucket)
        let bucket = try await #require(throws: S3Error.self) { try await nowhere.headBucket() }
        #expect(bucket.code == .noSuchBucket)
    }

    // moto stores what it gets.
    @Test(arguments: S3TestServer.thatCheckSignatures)
    func `a body that does not have its digest is refused and not stored`(server: S3TestServer) async throws {
        let storage = try await server.makeClient { $0.retry = S3RetryPolicy(maxAttempts: 1) }
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.putObject(
                key: "k",
                body: .bytes(ByteBuffer(string: "hello")),
                digests: S3BodyDigests(sha256: String(repeating: "0", count: 64), crc32c: CRC32C()),
                contentType: "text/plain"
            )
        }
        #expect([S3ErrorCode.badDigest, .contentSHA256Mismatch].contains(error.code))
        #expect(error.isUnavailable)
        #expect(try await storage.listObjects().isEmpty)
    }

    // BucketAlreadyOwnedByYou from most; AWS in us-east-1 and moto have no objection.
    @Test(arguments: S3TestServer.available)
    func `a bucket that is ours counts as made`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        try await storage.createBucket()
        try await storage.headBucket()
    }

    // moto does not look at signatures.
    @Test(arguments: S3TestServer.thatCheckSignatures)
    func `wrong credentials are refused with a code`(server: S3TestServer) async throws {
        var configuration = try await server.configuration(bucket: try await server.makeBucket())
        let accessKeyID = configuration.credentials.accessKeyID
        configuration.credentials = Credentials(accessKeyID: accessKeyID, secretAccessKey: "wrong")
        let forger = try S3Client(configuration: configuration)
        let signature = try await #require(throws: S3Error.self) { _ = try await forger.listObjects() }
        #expect(signature.code == .signatureDoesNotMatch)
        #expect(!signature.isUnavailable)
        configuration.credentials = Credentials(accessKeyID: "nobody", secretAccessKey: "wrong")
        let stranger = try S3Client(configuration: configuration)
        let key = try await #require(throws: S3Error.self) { _ = try await stranger.listObjects() }
        // Swift does not say which keys there are.
        let codes: [S3ErrorCode] =
            server == .external ? [.invalidAccessKeyID, .signatureDoesNotMatch] : [.invalidAccessKeyID]
        #expect(codes.contains(key.code))
        let head = try await #require(throws: S3Error.self) { try await stranger.headBucket() }
        #expect(head.code == .accessDenied)
    }

    // moto takes any time; the offset can be measured there as well.
    @Test(arguments: S3TestServer.available)
    func `a clock that is an hour off is corrected`(server: S3TestServer) async throws {
        let configuration = try await server.configuration(bucket: try await server.makeBucket())
        let late = S3Client(configuration: configuration, curl: try CurlClient()) {
            SigningTime(secondsSinceEpoch: SigningTime.now().secondsSinceEpoch - 3600)
        }
        try await late.headBucket()
        #expect(try await late.listObjects().isEmpty)
        let offset = try await late.measureClockOffset()
        #expect(abs(offset.components.seconds - 3600) < 120)
    }
}

/// Needs a server that can be stopped.
@Suite(.enabled(if: SeaweedFS.canStart, "there is no weed to start"), .timeLimit(.minutes(2)))
struct StorageOutageTests {
    @Test func `a storage that went away is unavailable until it is back, with what it had`() async throws {
        let server = try await SeaweedFS()
        var configuration = server.configuration(bucket: try await server.makeBucket())
        configuration.retry = S3RetryPolicy(maxAttempts: 2, baseDelay: .milliseconds(1))
        let storage = try S3Client(configuration: configuration)
        _ = try await storage.putObject(
            key: "k",
            body: .bytes(ByteBuffer(string: "kept")),
            contentType: "text/plain"
        )
        await server.stop()
        let error = try await #require(throws: S3Error.self) { _ = try await storage.headObject(key: "k") }
        #expect(error.isUnavailable)
        try await server.restart()
        #expect(try await storage.headObject(key: "k").byteCount == 4)
    }
}
