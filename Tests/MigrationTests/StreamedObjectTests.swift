import Crypto
import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// Large objects of which the source tells the MD5: they are sent in one request while they are read.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct StreamedObjectTests {
    private static let partByteCount = 5 << 20
    private let content = MigrationFixture.noise(11 << 20, seed: 7)

    /// An object at the source, which is a prefix of the target's bucket, and what is to become of it.
    private func prepare(_ fixture: MigrationFixture, _ bytes: [UInt8]? = nil) async throws -> MigrationItem {
        _ = try await fixture.plain.putObject(
            key: "old/film.mp4",
            body: .bytes(ByteBuffer(bytes: bytes ?? content)),
            headers: S3ObjectHeaders(
                contentType: "video/mp4",
                contentDisposition: "attachment; filename=\"film.mp4\"",
                metadata: [(name: "owner", value: "ann")]
            )
        )
        return MigrationItem(location: "film.mp4", targetKey: "new/film.mp4")
    }

    private func run(
        _ fixture: MigrationFixture,
        _ items: [MigrationItem],
        attempts: Int = 5,
        observer: (any MigrationObserver)? = nil,
        _ change: (inout MigrationRunConfiguration) -> Void = { _ in }
    ) async throws -> MigrationTotals {
        var configuration = fixture.quick
        configuration.copiesInPlace = false
        configuration.maxAttempts = attempts
        change(&configuration)
        return try await fixture.run(
            items,
            from: BucketStore(client: fixture.client, prefix: "old"),
            configuration,
            observer: observer
        )
    }

    private func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func isNew(_ request: ProxiedRequest, _ operation: String = "PutObject") -> Bool {
        request.operation == operation && request.target.contains("new/")
    }

    /// It has arrived as it was, and nothing is left beside it.
    private func checkArrived(_ fixture: MigrationFixture, _ proof: MigrationProof?) async throws {
        let isSame = try await fixture.content("new/film.mp4") == content
        #expect(isSame)
        let row = try await fixture.row()
        #expect(row?.state == .recorded)
        #expect(row?.sha256 == sha256(content))
        if let proof { #expect(row?.proof == proof) }
        let head = try await fixture.plain.headObject(key: "new/film.mp4")
        #expect(head.contentType == "video/mp4")
        #expect(head.contentDisposition == "attachment; filename=\"film.mp4\"")
        #expect(head.metadata["owner"] == "ann")
        #expect(try await fixture.plain.listMultipartUploads(prefix: "new/").isEmpty)
    }

    @Test(arguments: [S3TestServer.seaweedFS, .moto])
    func `it arrives in one request, and the tag of the source is its proof`(server: S3TestServer) async throws {
        let fixture = try await MigrationFixture(on: server)
        #expect(try await run(fixture, [try await prepare(fixture)]).done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 0)
        try await checkArrived(fixture, .recomputedETag)
    }

    @Test(arguments: [S3TestServer.seaweedFS, .moto])
    func `a bit that flips on the way to the target is never taken for arrived`(server: S3TestServer) async throws {
        let fixture = try await MigrationFixture(on: server)
        let item = try await prepare(fixture)
        fixture.decide { request in isNew(request) ? .flipRequestByte(at: 6 << 20) : .none }
        #expect(try await run(fixture, [item]).done.objects == 1)
        #expect(fixture.proxy.counts.faults["flipRequestByte"] == 1)
        try await checkArrived(fixture, nil)
    }

    @Test func `what breaks off is sent in parts at once, and stored by halves nowhere`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in isNew(request) ? .resetRequest(afterBytes: 6 << 20) : .none }
        let log = EventLog()
        #expect(try await run(fixture, [item], attempts: 1, observer: log).done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 1)
        // What is read anew is not counted twice.
        var read: Int64 = 0
        for case .advanced(_, let byteCount) in log.events {
            read += byteCount
            #expect(read >= 0)
        }
        #expect(read == content.count)
        try await checkArrived(fixture, .storedChecksum)
    }

    @Test func `what arrived though its answer was lost is found, and not sent again`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in isNew(request) ? .loseReply : .none }
        #expect(try await run(fixture, [item], attempts: 1).done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 0)
        try await checkArrived(fixture, .reread)
    }

    @Test func `what arrived before a death is found, and not sent again`() async throws {
        let fixture = try await MigrationFixture()
        #expect(try await run(fixture, [try await prepare(fixture)]).done.objects == 1)
        try fixture.alterJournal(
            "UPDATE object SET state = 'copying', sha256 = NULL, proof = NULL, verified_at = NULL, recorded_at = NULL"
        )
        #expect(try await run(fixture, []).done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 0)
        try await checkArrived(fixture, .reread)
    }

    @Test func `what did not arrive before a death goes in parts, which can go on after the next`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in
            switch request.operation {
            case "PutObject" where isNew(request): .resetRequest(afterBytes: 6 << 20)
            case "CreateMultipartUpload": .status(500, code: "InternalError")
            default: .none
            }
        }
        #expect(try await run(fixture, [item], attempts: 1).done.objects == 0)
        #expect(try await fixture.plain.headObject(ifPresent: "new/film.mp4") == nil)
        fixture.decide { _ in .none }
        #expect(try await run(fixture, []).done.objects == 1)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("UploadPart") == 3)
        try await checkArrived(fixture, .storedChecksum)
    }

    @Test func `what has the key is not overwritten`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        _ = try await fixture.plain.putObject(
            key: item.targetKey,
            body: .bytes(ByteBuffer(string: "theirs")),
            contentType: "text/plain"
        )
        let totals = try await run(fixture, [item])
        #expect(totals.done.objects == 0)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content(item.targetKey) == Array("theirs".utf8))
    }

    @Test func `what gets the key between the look and the sending is not overwritten`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in request.operation == "HeadObject" ? .status(404, code: "NoSuchKey") : .none }
        _ = try await fixture.plain.putObject(
            key: item.targetKey,
            body: .bytes(ByteBuffer(string: "theirs")),
            contentType: "text/plain"
        )
        _ = try await run(fixture, [item], attempts: 1)
        #expect(try await fixture.content(item.targetKey) == Array("theirs".utf8))
    }

    @Test func `a target that does not let it be written is said to be one`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in
            ["PutObject", "CreateMultipartUpload"].contains(request.operation)
                ? .status(403, code: "AccessDenied", readsBody: false) : .none
        }
        let totals = try await run(fixture, [item], attempts: 1)
        #expect(totals.failed[.targetForbidden]?.objects == 1)
        #expect(try await fixture.plain.headObject(ifPresent: item.targetKey) == nil)
    }

    @Test func `a 501 to it tells nothing of conditions where these are known to be heeded`() async throws {
        var looks: [Int] = []
        for hasSmall in [false, true] {
            let fixture = try await MigrationFixture()
            var items = [try await prepare(fixture)]
            if hasSmall {
                _ = try await fixture.plain.putObject(
                    key: "old/small",
                    body: .bytes(ByteBuffer(string: "small")),
                    contentType: "text/plain"
                )
                items.append(MigrationItem(location: "small", targetKey: "new/small"))
            }
            fixture.decide { request in
                isNew(request) && (request.contentLength ?? 0) > 5 << 20 ? .status(501, code: "NotImplemented") : .none
            }
            #expect(try await run(fixture, items) { $0.workers = 1 }.done.objects == Int64(items.count))
            #expect(fixture.count("PutObject") == items.count)
            looks.append(fixture.count("HeadObject"))
        }
        // The small one is put without a look.
        #expect(looks[0] == looks[1])
    }

    @Test func `where the tag is no MD5, one object is sent in vain and the next ones are not`() async throws {
        let fixture = try await MigrationFixture()
        let names = ["a", "b", "c"]
        for name in names {
            try fixture.write(name, MigrationFixture.noise(6 << 20, seed: UInt64(name.utf8.first ?? 0)))
        }
        let totals = try await fixture.run(
            names.map { MigrationItem(location: $0, targetKey: "new/\($0)") },
            from: OpaquelyTaggedStore(base: try fixture.store())
        )
        #expect(totals.done.objects == 3)
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 3)
        for name in names {
            let isSame =
                try await fixture.content("new/\(name)")
                == Array(try Data(contentsOf: URL(fileURLWithPath: fixture.source.file(name))))
            #expect(isSame, "\(name)")
        }
    }

    @Test func `a key of others waits until the target is known to heed that it must be free`() async throws {
        for isOwn in [false, true] {
            let fixture = try await MigrationFixture()
            var item = try await prepare(fixture)
            if isOwn { item.attachmentID = UUID() }
            #expect(try await run(fixture, [item]) { $0.triesConditions = true }.done.objects == 1)
            #expect(fixture.count("PutObject") == (isOwn ? 1 : 0))
            try await checkArrived(fixture, isOwn ? .recomputedETag : .storedChecksum)
        }
    }

    @Test func `what a target that looks at no MD5 has stored damaged is taken back before it goes again`() async throws
    {
        let fixture = try await MigrationFixture(on: .moto)
        let item = try await prepare(fixture)
        fixture.decide { request in isNew(request) ? .flipRequestByte(at: 6 << 20) : .none }
        let totals = try await run(fixture, [item], attempts: 1)
        #expect(totals.failed[.targetMismatch]?.objects == 1)
        #expect(try await fixture.plain.headObject(ifPresent: item.targetKey) == nil)
        fixture.decide { _ in .none }
        #expect(try await run(fixture, []).done.objects == 1)
        try await checkArrived(fixture, nil)
    }

    @Test func `with a limit to the rate, or without leave to stream, it goes in parts`() async throws {
        for change in [
            { (configuration: inout MigrationRunConfiguration) in configuration.maxBytesPerSecond = 64 << 20 },
            { (configuration: inout MigrationRunConfiguration) in
                configuration.streamedByteCount = Int64(Self.partByteCount)
            },
        ] {
            let fixture = try await MigrationFixture()
            #expect(try await run(fixture, [try await prepare(fixture)], change).done.objects == 1)
            #expect(fixture.count("PutObject") == 0)
            #expect(fixture.count("UploadPart") == 3)
            try await checkArrived(fixture, .storedChecksum)
        }
    }

    @Test func `a run that is cancelled in the middle ends, and leaves nothing in the target`() async throws {
        let fixture = try await MigrationFixture()
        let item = try await prepare(fixture)
        fixture.decide { request in isNew(request) ? .stall : .none }
        let moving = Task { try await run(fixture, [item]) }
        while fixture.proxy.counts.faults["stall"] == nil { try await Task.sleep(for: .milliseconds(5)) }
        moving.cancel()
        _ = await moving.result
        #expect(try await fixture.plain.headObject(ifPresent: item.targetKey) == nil)
        fixture.decide { _ in .none }
        #expect(try await run(fixture, []).done.objects == 1)
        try await checkArrived(fixture, nil)
    }
}
