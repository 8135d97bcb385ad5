import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// What is damaged between the source and the migration does not count as arrived.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct DamagedReadTests {
    // Both in one request: one that is read before it is sent, and one that is sent while it is read.
    @Test(arguments: [300_000, 6 << 20])
    func `a bit that flips in an answer of the source is noticed by the entity tag`(byteCount: Int) async throws {
        let fixture = try await MigrationFixture()
        let content = MigrationFixture.noise(byteCount)
        _ = try await fixture.plain.putObject(
            key: "old/a",
            body: .bytes(ByteBuffer(bytes: content)),
            contentType: "text/plain"
        )
        fixture.decide { request in
            request.operation == "GetObject" && request.operationNumber == 0 ? .flipResponseByte(at: 4711) : .none
        }
        var configuration = fixture.quick
        configuration.copiesInPlace = false
        let log = EventLog()
        let totals = try await fixture.run(
            [MigrationItem(location: "a", targetKey: "key")],
            from: BucketStore(client: fixture.client, prefix: "old"),
            configuration,
            observer: log
        )
        #expect(totals.done.objects == 1)
        #expect(fixture.proxy.counts.faults["flipResponseByte"] == 1)
        let isRetried = log.events.contains { if case .retried = $0 { true } else { false } }
        // It is the target that finds the second out, and at once the object is read again.
        #expect(isRetried == (byteCount < 5 << 20))
        #expect(fixture.count("GetObject") > 1)
        let isSame = try await fixture.content("key") == content
        #expect(isSame)
        #expect(try await fixture.plain.listMultipartUploads(prefix: "key").isEmpty)
    }

    @Test func `of an upload in parts it is noticed by the tag of the parts, whose length is guessed`() async throws {
        let fixture = try await MigrationFixture()
        let content = MigrationFixture.noise(11 << 20)
        let length = 5 << 20
        let upload = try await fixture.plain.createMultipartUpload(key: "old/a", contentType: "text/plain")
        var parts: [S3Part] = []
        for start in stride(from: 0, to: content.count, by: length) {
            let bytes = content[start..<min(start + length, content.count)]
            parts.append(
                try await fixture.plain.uploadPart(
                    key: "old/a",
                    uploadID: upload,
                    number: parts.count + 1,
                    body: .bytes(ByteBuffer(bytes: bytes))
                )
            )
        }
        _ = try await fixture.plain.completeMultipartUpload(key: "old/a", uploadID: upload, parts: parts)
        #expect(try await fixture.plain.headObject(key: "old/a").etag.contains("-3"))
        fixture.decide { request in
            request.operation == "GetObject" && request.operationNumber == 0 ? .flipResponseByte(at: 4711) : .none
        }
        var configuration = fixture.quick
        configuration.copiesInPlace = false
        let log = EventLog()
        let totals = try await fixture.run(
            [MigrationItem(location: "a", targetKey: "key")],
            from: BucketStore(client: fixture.client, prefix: "old"),
            configuration,
            observer: log
        )
        #expect(totals.done.objects == 1)
        #expect(fixture.proxy.counts.faults["flipResponseByte"] == 1)
        #expect(log.events.contains { if case .retried = $0 { true } else { false } })
        let isSame = try await fixture.content("key") == content
        #expect(isSame)
    }

    @Test func `where entity tags turn out to be no digests, nothing is read twice for long`() async throws {
        let fixture = try await MigrationFixture()
        let names = (0..<6).map { "\($0)" }
        for name in names { try fixture.write(name, Array("content \(name)".utf8)) }
        let store = OpaquelyTaggedStore(base: try fixture.store())
        var configuration = fixture.quick
        configuration.workers = 1
        let totals = try await fixture.run(
            names.map { MigrationItem(location: $0, targetKey: "key/\($0)") },
            from: store,
            configuration
        )
        #expect(totals.done.objects == 6)
        #expect(store.readCount == 9)
    }
}

/// A directory whose files have entity tags that look like an MD5, as those of a bucket that encrypts by a managed key.
final class OpaquelyTaggedStore: ObjectStore {
    private let base: DirectoryStore
    private let reads = Mutex(0)

    init(base: DirectoryStore) { self.base = base }

    var readCount: Int { reads.withLock { $0 } }
    var identity: String { base.identity }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        try await base.list(body)
    }

    func head(_ location: String) async throws -> StoredObject? {
        var object = try await base.head(location)
        object?.entityTag = "\"0123456789abcdef0123456789abcdef\""
        return object
    }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        reads.withLock { $0 += 1 }
        try await base.read(location, from: offset, body)
    }

    func delete(_ location: String) async throws {
        try await base.delete(location)
    }
}
