import Crypto
import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationRunTests {
    private func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test func `small objects cost one PUT each, and nothing is left beside the source`() async throws {
        let fixture = try await MigrationFixture()
        let names = ["a/1.txt", "plus + & = ?.txt", "\u{FC}.txt", "u\u{308}.txt", "empty.bin", "a%2Fb.txt"]
        for name in names { try fixture.write(name, name == "empty.bin" ? [] : Array("text of \(name)".utf8)) }
        let totals = try await fixture.run(names.map { MigrationItem(location: $0, targetKey: "media/\($0)") })
        #expect(totals.done.objects == 6)
        #expect(totals.failed.isEmpty)
        // One listing is for `media`, which must not be an object where objects are files.
        #expect(fixture.proxy.counts.operations == ["ListObjectsV2": 2, "PutObject": 6])
        for name in names where name != "empty.bin" {
            #expect(try await fixture.content("media/\(name)") == Array("text of \(name)".utf8))
        }
        #expect(try await fixture.content("media/empty.bin").isEmpty)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: fixture.source.path).count == names.count + 1)
    }

    @Test func `a second run does nothing at all`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1, 2, 3])
        let items = [MigrationItem(location: "a", targetKey: "a")]
        try await fixture.run(items)
        let before = fixture.proxy.counts.requestCount
        let totals = try await fixture.run(items)
        #expect(totals.done == MigrationTotals.Amount(objects: 1, bytes: 3))
        #expect(fixture.proxy.counts.requestCount == before)
    }

    @Test(arguments: [ChecksumUse.automatic, .never])
    func `a large object's entity tag is no MD5, and it is proved all the same`(checksums: ChecksumUse) async throws {
        let fixture = try await MigrationFixture(checksums: checksums)
        let bytes = MigrationFixture.noise(11 << 20)
        let time = Date(timeIntervalSince1970: 1_700_000_000.25)
        try fixture.write("film.bin", bytes, modifiedAt: time)
        try await fixture.run([
            MigrationItem(
                location: "film.bin",
                targetKey: "film",
                contentType: "video/mp4",
                contentDisposition: "attachment; filename=\"film.mp4\""
            )
        ])
        let row = try #require(try await fixture.row())
        #expect(row.state == .recorded)
        #expect(row.sha256 == sha256(bytes))
        #expect(row.entityTag?.hasSuffix("-3\"") == true)
        #expect(row.proof == (checksums == .never ? .recomputedETag : .storedChecksum))
        #expect(fixture.count("UploadPart") == 3)
        let head = try await fixture.plain.headObject(key: "film")
        #expect(head.byteCount == 11 << 20)
        // What copies of large objects are known to lose.
        #expect(head.contentType == "video/mp4")
        #expect(head.contentDisposition == "attachment; filename=\"film.mp4\"")
        #expect(head.metadata["mtime"] == "1700000000.25")
        #expect(try await fixture.content("film") == bytes)
    }

    @Test func `a digest is computed while streaming, and one that the inventory says is held against it`() async throws
    {
        let fixture = try await MigrationFixture()
        let (small, large) = (Array("small".utf8), MigrationFixture.noise(6 << 20))
        try fixture.write("small", small)
        try fixture.write("large", large)
        try fixture.write("wrong", small)
        let recorder = RecordLog()
        let wrong = String(repeating: "0", count: 64)
        let totals = try await fixture.run(
            [
                MigrationItem(location: "small", targetKey: "s", sha256: sha256(small)),
                MigrationItem(location: "large", targetKey: "l"),
                MigrationItem(location: "wrong", targetKey: "w", byteCount: 5, sha256: wrong),
            ],
            recorder: recorder
        )
        #expect(Set(recorder.recorded.map(\.sha256)) == [sha256(small), sha256(large)])
        #expect(totals.failed == [.digestMismatch: MigrationTotals.Amount(objects: 1, bytes: 5)])
        await #expect(throws: S3Error.self) { try await fixture.plain.headObject(key: "w") }
    }

    @Test func `from another bucket everything that describes an object goes along, in one GET and one PUT`()
        async throws
    {
        let fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        var settings = storage.configuration(bucket: try await storage.makeBucket())
        settings.credentials = storage.credentials
        let old = try S3Client(configuration: settings)
        let headers = S3ObjectHeaders(
            contentType: "image/png",
            contentDisposition: "inline; filename=\"b.png\"",
            cacheControl: "max-age=60",
            contentEncoding: "gzip",
            metadata: [(name: "owner", value: "user-7"), (name: "mtime", value: "1600000000.5")]
        )
        for key in ["old/a", "other/b"] {
            _ = try await old.putObject(key: key, body: .bytes(ByteBuffer(string: "bytes")), headers: headers)
        }
        let source = BucketStore(client: old, prefix: "old")
        #expect(source.identity == "s3:http://127.0.0.1:\(storage.endpoint.port ?? 0)/\(old.bucket)/old")
        var listed: [String] = []
        try await source.list { listed += $0.map(\.location) }
        #expect(listed == ["a"])
        var configuration = fixture.quick
        configuration.copiesInPlace = false
        try await fixture.run([MigrationItem(location: "a", targetKey: "new/a")], from: source, configuration)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("HeadObject") == 0)
        let head = try await fixture.plain.headObject(key: "new/a")
        #expect(head.contentType == "image/png")
        #expect(head.contentDisposition == "inline; filename=\"b.png\"")
        #expect(head.cacheControl == "max-age=60")
        #expect(head.contentEncoding == "gzip")
        #expect(head.metadata["owner"] == "user-7")
        #expect(head.metadata["mtime"] == "1600000000.5")
        #expect(head.metadata["satchel-sha256"] == sha256(Array("bytes".utf8)))
    }

    @Test(arguments: [Int64(5) << 30, 5 << 20])
    func `in one endpoint the storage copies by itself, and new headers are looked at`(copyLimit: Int64) async throws {
        let fixture = try await MigrationFixture()
        let bytes = MigrationFixture.noise(6 << 20)
        let source = BucketStore(client: fixture.client, prefix: "old")
        _ = try await fixture.plain.putObject(
            key: "old/a b",
            body: .bytes(ByteBuffer(bytes: bytes)),
            headers: S3ObjectHeaders(contentType: "text/plain", cacheControl: "no-store")
        )
        var configuration = fixture.quick
        configuration.copyByteCount = copyLimit
        let item = MigrationItem(location: "a b", targetKey: "new/a b", contentType: "video/mp4", sha256: sha256(bytes))
        try await fixture.run([item], from: source, configuration)
        let row = try #require(try await fixture.row())
        #expect(row.state == .recorded)
        #expect(row.proof == .reread)
        #expect(row.sha256 == sha256(bytes))
        // CopyObject and UploadPartCopy are PUTs of other names: nothing was uploaded.
        #expect(fixture.count("PutObject") == (copyLimit > 6 << 20 ? 1 : 0))
        #expect(fixture.count("UploadPart") == (copyLimit > 6 << 20 ? 0 : 2))
        let head = try await fixture.plain.headObject(key: "new/a b")
        #expect(head.contentType == "video/mp4")
        #expect(head.cacheControl == "no-store")
        #expect(try await fixture.content("new/a b") == bytes)
    }

    @Test func `an object is not its own copy`() async throws {
        let fixture = try await MigrationFixture()
        _ = try await fixture.plain.putObject(
            key: "old/a",
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "text/plain"
        )
        let source = BucketStore(client: fixture.client, prefix: "old")
        let totals = try await fixture.run([MigrationItem(location: "a", targetKey: "old/a")], from: source)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("old/a") == Array("x".utf8))
    }

    @Test func `what somebody asked for goes first`() async throws {
        let fixture = try await MigrationFixture()
        for number in 0..<40 { try fixture.write("\(number)", [UInt8(number)]) }
        var configuration = fixture.quick
        configuration.workers = 1
        // The first objects take a while, so that the wish is read before the last one's turn.
        fixture.decide { request in request.operationNumber < 3 ? .drip(byteCount: 64) : .none }
        let recorder = RecordLog(wishes: ["39"])
        try await fixture.run(
            (0..<40).map { MigrationItem(location: "\($0)", targetKey: "\($0)") },
            configuration,
            recorder: recorder
        )
        let order = recorder.recorded.map(\.item.location)
        #expect(order.count == 40)
        #expect(try #require(order.firstIndex(of: "39")) < 20)
        #expect(Set(order).count == 40)
    }

    @Test func `an attachment that was deleted meanwhile is not wanted, and counts as done`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        let totals = try await fixture.run(
            [MigrationItem(location: "a", targetKey: "a")],
            recorder: RecordLog(outcome: .unwanted)
        )
        #expect(totals.done.objects == 1)
        #expect(try await fixture.row()?.state == .unwanted)
    }

    @Test func `with rereads everything is read back`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        var configuration = fixture.quick
        configuration.rereads = true
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")], configuration)
        #expect(fixture.count("GetObject") == 1)
        #expect(try await fixture.row()?.proof == .reread)
    }

    @Test func `progress adds up to what was moved`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("small", MigrationFixture.noise(100))
        try fixture.write("large", MigrationFixture.noise(6 << 20))
        let log = EventLog()
        try await fixture.run(
            ["small", "large"].map { MigrationItem(location: $0, targetKey: $0) },
            observer: log
        )
        var advanced: Int64 = 0
        var finished: [String] = []
        for event in log.events {
            switch event {
            case .advanced(_, let byteCount): advanced += byteCount
            case .finished(_, let location, _, nil): finished.append(location)
            default: break
            }
        }
        #expect(advanced == (6 << 20) + 100)
        #expect(finished.sorted() == ["large", "small"])
        guard case .began(let before)? = log.events.first, case .ended(let after)? = log.events.last else {
            Issue.record("a run begins and ends with its totals")
            return
        }
        #expect(before.remaining.objects == 2)
        #expect(after.done == MigrationTotals.Amount(objects: 2, bytes: (6 << 20) + 100))
    }
}
