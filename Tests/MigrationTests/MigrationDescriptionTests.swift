import Catalog
import Dispatch
import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// Types, names, owners, times and headers get to the target, whoever has to say what they are.
@Suite(.timeLimit(.minutes(2)))
struct MigrationDescriptionTests {
    private static let time = Date(timeIntervalSince1970: 1_600_000_000.5)

    /// Files of a directory, and the type that each of them is.
    private static let files: [(name: String, content: [UInt8], type: String)] = [
        ("picture", SampleBytes.png, "image/png"),
        ("photo.txt", SampleBytes.jpeg, "image/jpeg"),
        ("clip.bin", SampleBytes.mp4, "video/mp4"),
        ("notes.txt", Array("some words\n".utf8), "text/plain"),
        ("table.csv", Array("a,b\n1,2\n".utf8), "text/csv"),
        ("words", Array("some words\n".utf8), "text/plain"),
        ("blob", [0xF1, 0x00], "application/octet-stream"),
        ("empty.bin", [], "application/octet-stream"),
        // In parts.
        ("film", SampleBytes.mp4 + MigrationFixture.noise(6 << 20), "video/mp4"),
    ]

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `a local file of which nobody says the type is stored with that of its content, and its time`() async throws {
        let fixture = try await MigrationFixture()
        for file in Self.files { try fixture.write("in/\(file.name)", file.content, modifiedAt: Self.time) }
        let store = try fixture.store()
        let items = try await all(of: BareInventory(store: store)).items
        #expect(items.allSatisfy { $0.contentType == nil })
        let totals = try await fixture.run(items, from: store)
        #expect(totals.done.objects == Int64(Self.files.count))
        #expect(fixture.count("CompleteMultipartUpload") == 1)
        for file in Self.files {
            let head = try await fixture.plain.headObject(key: "in/\(file.name)")
            #expect(head.contentType == file.type, "\(file.name)")
            #expect(head.metadata["mtime"] == "1600000000.5", "\(file.name)")
        }
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `files that become attachments keep name, owner, time and type, in the record and in the target`()
        async throws
    {
        let fixture = try await MigrationFixture()
        for file in Self.files { try fixture.write("in/\(file.name)", file.content, modifiedAt: Self.time) }
        let store = try fixture.store()
        let owner = BareInventory.Owner(messageID: UUID.version7(), userID: "ann")
        let found = try await all(of: BareInventory(store: store, owner: owner))
        #expect(found.complaints.isEmpty)
        let totals = try await fixture.run(found.items, from: store)
        #expect(totals.done.objects == Int64(Self.files.count))
        for file in Self.files {
            let record = try #require(found.attachments.first { $0.attachment.fileName == file.name }?.attachment)
            #expect(record.mediaType == file.type)
            #expect(record.uploadedBy == "ann")
            #expect(record.messageID == owner.messageID)
            #expect(record.uploadedAt == Self.time)
            let head = try await fixture.plain.headObject(key: record.objectKey)
            #expect(head.contentType == file.type, "\(file.name)")
            #expect(head.metadata["mtime"] == "1600000000.5", "\(file.name)")
            #expect(head.byteCount == Int64(file.content.count))
        }
    }

    /// A source in the target's own endpoint whose objects are described otherwise than their records say.
    private func misnamed(_ names: [String], _ fixture: MigrationFixture) async throws -> BucketStore {
        for name in names {
            _ = try await fixture.plain.putObject(
                key: "old/\(name)",
                body: .bytes(ByteBuffer(bytes: Array(name.utf8) + SampleBytes.mp4)),
                headers: S3ObjectHeaders(
                    contentType: "text/plain",
                    cacheControl: "no-store",
                    metadata: [(name: "room", value: "blue")]
                )
            )
        }
        return BucketStore(client: fixture.client, prefix: "old")
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"))
    func `a server that gives copies the headers of the source gets the bytes through here`() async throws {
        let fixture = try await MigrationFixture(on: .moto)
        let source = try await misnamed(["a", "b"], fixture)
        fixture.decide { request in
            request.header("x-amz-copy-source") == nil ? .none : .omitHeader("x-amz-metadata-directive")
        }
        var configuration = fixture.quick
        configuration.workers = 1
        let items = ["a", "b"].map { MigrationItem(location: $0, targetKey: "new/\($0)", contentType: "video/mp4") }
        let totals = try await fixture.run(items, from: source, configuration)
        #expect(totals.done.objects == 2)
        #expect(totals.failed.isEmpty)
        // One copy shows it.
        #expect(fixture.proxy.counts.faults["omitHeader"] == 1)
        #expect(fixture.count("PutObject") == 3)
        for name in ["a", "b"] {
            let head = try await fixture.plain.headObject(key: "new/\(name)")
            #expect(head.contentType == "video/mp4")
            #expect(head.cacheControl == "no-store")
            #expect(head.metadata["room"] == "blue")
            #expect(head.metadata["satchel-move"] != nil)
            #expect(try await fixture.content("new/\(name)") == Array(name.utf8) + SampleBytes.mp4)
        }
        // And another run has nothing to mend.
        #expect(try await fixture.run(items, from: source, configuration).done.objects == 2)
        #expect(fixture.count("PutObject") == 3)
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"), arguments: [1, 2])
    func `such a copy is not taken for arrived where the bytes do not get through at first`(
        attemptsOfARun: Int
    ) async throws {
        let fixture = try await MigrationFixture(on: .moto)
        let source = try await misnamed(["a"], fixture)
        let isFirst = Mutex(true)
        fixture.decide { request in
            if request.header("x-amz-copy-source") != nil { return .omitHeader("x-amz-metadata-directive") }
            guard request.operation == "GetObject", request.target.hasSuffix("/old/a") else { return .none }
            return isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? .status(503, code: "SlowDown") : .none
            }
        }
        var configuration = fixture.quick
        configuration.maxAttempts = attemptsOfARun
        let item = MigrationItem(location: "a", targetKey: "new/a", contentType: "video/mp4")
        var totals = try await fixture.run([item], from: source, configuration)
        if attemptsOfARun == 1 {
            #expect(totals.failed[.sourceUnreadable]?.objects == 1)
            totals = try await fixture.run([item], from: source, configuration)
        }
        #expect(totals.done.objects == 1)
        let head = try await fixture.plain.headObject(key: "new/a")
        #expect(head.contentType == "video/mp4")
        #expect(head.metadata["satchel-move"] != nil)
        #expect(try await fixture.content("new/a") == Array("a".utf8) + SampleBytes.mp4)
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"))
    func `what somebody else put in the place of such a copy is not written over`() async throws {
        let fixture = try await MigrationFixture(on: .moto)
        let source = try await misnamed(["a"], fixture)
        // A copy of something else of the same length arrives at the key right behind ours.
        _ = try await fixture.plain.putObject(
            key: "theirs",
            body: .bytes(ByteBuffer(bytes: Array("z".utf8) + SampleBytes.mp4)),
            contentType: "text/plain"
        )
        let plain = fixture.plain
        fixture.decide { request in
            if request.header("x-amz-copy-source") != nil { return .omitHeader("x-amz-metadata-directive") }
            guard request.operation == "HeadObject", request.target.hasSuffix("/new/a"), request.operationNumber > 1
            else { return .none }
            let finished = DispatchSemaphore(value: 0)
            Task {
                try? await plain.copyObject(
                    from: "theirs",
                    to: "new/a",
                    byteCount: Int64(1 + SampleBytes.mp4.count),
                    contentType: "text/plain"
                )
                finished.signal()
            }
            finished.wait()
            return .none
        }
        var configuration = fixture.quick
        configuration.maxAttempts = 2
        let item = MigrationItem(location: "a", targetKey: "new/a", contentType: "video/mp4")
        let totals = try await fixture.run([item], from: source, configuration)
        #expect(totals.done.objects == 0)
        #expect(try await fixture.content("new/a") == Array("z".utf8) + SampleBytes.mp4)
    }
}
