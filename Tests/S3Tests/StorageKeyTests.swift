import Curl
import HTTPTypes
import NIOCore
import S3
import TestSupport
import Testing

/// Hard keys through every call, against real servers.
@Suite(.enabled(if: !S3TestServer.available.isEmpty, "there is no S3 server"), .timeLimit(.minutes(4)))
struct StorageKeyTests {
    private func put(_ key: String, to storage: S3Client) async throws {
        // The body is the key: another object's would be noticed.
        _ = try await storage.putObject(key: key, body: .bytes(ByteBuffer(string: key)), contentType: "text/plain")
    }

    private func bytes(of key: String, in storage: S3Client) async throws -> [UInt8] {
        let body = try await storage.getObject(key: key) { _, body in try await body.collect(upTo: 5000) }
        return Array(body.readableBytesView)
    }

    /// What a client that knows nothing of S3 gets for a presigned URL, which it sends as it is.
    private func fetched(_ key: String, from storage: S3Client, by browser: CurlClient) async throws -> [UInt8] {
        let url = storage.presignGet(key: key, expiresIn: .seconds(600))
        let response = try await browser.send(CurlRequest(method: .get, url: url))
        #expect(response.status == 200, "\(url)")
        return Array(try await response.body.collect(upTo: 5000).readableBytesView)
    }

    // As Swift strings the two forms of é are equal: keys are compared by their bytes.
    private func listed(_ storage: S3Client) async throws -> Set<[UInt8]> {
        Set(try await storage.listObjects().map { Array($0.key.utf8) })
    }

    /// The keys that the server must keep, less those that one that is not known has refused with a status of 4xx.
    private func store(on server: S3TestServer, _ storage: S3Client) async throws -> [String] {
        var kept: [String] = []
        for sample in SampleKey.all where sample.treatment(on: server) == .kept {
            do throws(S3Error) {
                _ = try await storage.putObject(
                    key: sample.text,
                    body: .bytes(ByteBuffer(string: sample.text)),
                    contentType: "text/plain"
                )
                kept.append(sample.text)
            } catch {
                guard server == .external, let status = error.status, (400...499).contains(status) else {
                    throw error
                }
            }
        }
        return kept
    }

    @Test(arguments: S3TestServer.available)
    func `a key is stored, read, presigned, listed and deleted as it is`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let browser = try CurlClient()
        let keys = try await store(on: server, storage)
        #expect(keys.count > 30)
        for key in keys {
            let content = Array(key.utf8)
            let read = try await bytes(of: key, in: storage)
            #expect(read == content, "\(key.debugDescription)")
            let head = try await storage.headObject(key: key)
            #expect(head.byteCount == Int64(content.count), "\(key.debugDescription)")
            let shown = try await fetched(key, from: storage, by: browser)
            #expect(shown == content, "\(key.debugDescription)")
        }
        let all = Set(keys.map { Array($0.utf8) })
        let found = try await listed(storage)
        #expect(found == all)
        #expect(try await storage.listObjects(prefix: "quo'te\"<").map(\.key) == ["quo'te\"<x>"])
        #expect(try await storage.listObjects(prefix: "!'()").map(\.key) == ["!'()*"])
        #expect(try await storage.listObjects(prefix: "plus+").map(\.key) == ["plus+sign"])

        try await storage.deleteObjects(keys: keys)
        #expect(try await listed(storage).isEmpty)
        await browser.shutdown()
    }

    @Test(arguments: S3TestServer.available)
    func `a key is deleted by itself and nothing else is`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        for key in try await store(on: server, storage) {
            try await storage.deleteObject(key: key)
        }
        #expect(try await listed(storage).isEmpty)
        // Both forms of é, and an escape and what it stands for.
        let pairs = [("nfc-\u{E9}", "nfc-e\u{301}"), ("a%2Fb", "a/b"), ("c+d", "c d"), ("e%20f", "e f")]
        for (gone, other) in pairs {
            try await put(gone, to: storage)
            try await put(other, to: storage)
            try await storage.deleteObject(key: gone)
        }
        let others = Set(pairs.map { Array($0.1.utf8) })
        #expect(try await listed(storage) == others)
    }

    // What cannot be kept must be an error that names the fault, at once and not after retries.
    @Test(arguments: S3TestServer.available)
    func `a key that the server cannot hold is refused`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        for sample in SampleKey.all {
            guard case .refused(let code) = sample.treatment(on: server) else { continue }
            let error = try await #require(throws: S3Error.self, "\(sample.text.debugDescription)") {
                try await put(sample.text, to: storage)
            }
            #expect(error.code == code, "\(sample.text.debugDescription)")
            #expect(error.attempts == 1)
            #expect(!error.isUnavailable)
        }
        #expect(try await listed(storage).isEmpty)
    }

    @Test(arguments: S3TestServer.available)
    func `a key that the server takes for another can be read, and has the other's name in lists`(
        server: S3TestServer
    ) async throws {
        let storage = try await server.makeClient()
        for sample in SampleKey.all {
            guard case .folded(let other) = sample.treatment(on: server) else { continue }
            try await put(sample.text, to: storage)
            let read = try await bytes(of: sample.text, in: storage)
            #expect(read == Array(sample.text.utf8))
            #expect(try await storage.listObjects().map(\.key) == [other])
            // By its own name: DeleteObjects of SeaweedFS does not find a key with a backslash.
            try await storage.deleteObject(key: sample.text)
            #expect(try await listed(storage).isEmpty)
        }
    }

    // Where keys are paths one would be a file and a folder at once. Ours never are; these servers cope.
    @Test(arguments: S3TestServer.available)
    func `a key may begin with another key`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        for key in ["a", "a/b", "a/b/c"] {
            try await put(key, to: storage)
        }
        #expect(try await storage.listObjects().map(\.key) == ["a", "a/b", "a/b/c"])
        try await storage.deleteObject(key: "a/b")
        #expect(try await storage.listObjects().map(\.key) == ["a", "a/b/c"])
        #expect(try await bytes(of: "a", in: storage) == Array("a".utf8))
    }

    @Test(arguments: S3TestServer.available)
    func `a hard key goes through a multipart upload`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let key = "nfd-e\u{301} +%2F?#&'\"<>\u{1F600}.mp4"
        let uploadID = try await storage.createMultipartUpload(key: key, contentType: "video/mp4")
        let open = try await storage.listMultipartUploads()
        #expect(open.map { Array($0.key.utf8) } == [Array(key.utf8)])
        #expect(open.map(\.uploadID) == [uploadID])
        let part = try await storage.uploadPart(
            key: key,
            uploadID: uploadID,
            number: 1,
            body: .bytes(ByteBuffer(string: key))
        )
        let parts = try await storage.listParts(key: key, uploadID: uploadID)
        #expect(parts.map(\.etag) == [part.etag])
        _ = try await storage.completeMultipartUpload(key: key, uploadID: uploadID, parts: [part])
        #expect(try await bytes(of: key, in: storage) == Array(key.utf8))
        #expect(try await listed(storage) == [Array(key.utf8)])
    }
}
