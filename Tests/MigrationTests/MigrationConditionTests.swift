import Dispatch
import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// What keeps a run from writing over an object that came after the last look at its key.
@Suite(.timeLimit(.minutes(2)))
struct MigrationConditionTests {
    private static let theirs = Array("somebody else's".utf8)

    /// Puts something else under a key, once, from the thread of a proxy's connection, and returns when it is there.
    private final class Planting: Sendable {
        private let client: S3Client
        private let key: String
        private let isDone = Mutex(false)

        init(_ key: String, with client: S3Client) {
            self.key = key
            self.client = client
        }

        func once() {
            let isFirst = isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            guard isFirst else { return }
            let finished = DispatchSemaphore(value: 0)
            Task { [client, key] in
                // Where it fails, the test does: the content is looked at.
                _ = try? await client.putObject(
                    key: key,
                    body: .bytes(ByteBuffer(bytes: MigrationConditionTests.theirs)),
                    contentType: "text/plain"
                )
                finished.signal()
            }
            finished.wait()
        }
    }

    private func items(_ names: [String]) -> [MigrationItem] {
        names.map { MigrationItem(location: $0, targetKey: "key/\($0)") }
    }

    private func copySource(_ fixture: MigrationFixture, _ names: [String]) async throws -> BucketStore {
        for name in names {
            _ = try await fixture.plain.putObject(
                key: "old/\(name)",
                body: .bytes(ByteBuffer(bytes: Array("ours \(name)".utf8))),
                contentType: "text/plain"
            )
        }
        return BucketStore(client: fixture.client, prefix: "old")
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"))
    func `a copy of the storage's own is bound to the key's being free`() async throws {
        let fixture = try await MigrationFixture()
        let source = try await copySource(fixture, ["a"])
        let planting = Planting("key/a", with: fixture.plain)
        let conditions = Mutex<[String?]>([])
        fixture.decide { request in
            guard request.header("x-amz-copy-source") != nil else { return .none }
            conditions.withLock { $0.append(request.header("If-None-Match")) }
            // Between the look and the copy; then as AWS answers.
            planting.once()
            return .status(412, code: "PreconditionFailed")
        }
        let totals = try await fixture.run(items(["a"]), from: source)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        let sent = conditions.withLock { $0 }
        #expect(sent == ["*"])
        #expect(try await fixture.content("key/a") == Self.theirs)
    }

    @Test(
        .enabled(if: SeaweedFS.isAvailable, "there is no S3 server"),
        arguments: [(501, "NotImplemented"), (400, "InvalidRequest"), (400, "InvalidArgument")]
    )
    func `a storage that refuses the condition of a copy is asked for the key and copies without`(
        status: Int,
        code: String
    ) async throws {
        let fixture = try await MigrationFixture()
        let source = try await copySource(fixture, ["a", "b"])
        let conditions = Mutex<[String?]>([])
        fixture.decide { request in
            guard request.header("x-amz-copy-source") != nil else { return .none }
            conditions.withLock { $0.append(request.header("If-None-Match")) }
            return request.header("If-None-Match") == nil ? .none : .status(status, code: code)
        }
        var configuration = fixture.quick
        configuration.workers = 1
        let totals = try await fixture.run(items(["a", "b"]), from: source, configuration)
        #expect(totals.done.objects == 2)
        // The first object shows it, and the second is not tried with.
        let sent = conditions.withLock { $0 }
        #expect(sent == ["*", nil, nil])
        #expect(try await fixture.content("key/b") == Array("ours b".utf8))
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"), arguments: [true, false])
    func `a storage that ignores the condition of a PUT is found out, and asked for each key`(
        isIgnored: Bool
    ) async throws {
        let fixture = try await MigrationFixture(on: .moto)
        for name in ["a", "b", "c"] { try fixture.write(name, Array("ours \(name)".utf8)) }
        // After the list at the beginning of the run.
        let planting = Planting("key/c", with: fixture.plain)
        let asked = Mutex<[String]>([])
        fixture.decide { request in
            guard ["PutObject", "HeadObject"].contains(request.operation) else { return .none }
            asked.withLock { $0.append("\(request.operation) \(request.target.suffix(1))") }
            guard request.operation == "PutObject" else { return .none }
            planting.once()
            return isIgnored ? .omitHeader("If-None-Match") : .none
        }
        var configuration = fixture.quick
        configuration.workers = 1
        configuration.triesConditions = true
        let totals = try await fixture.run(items(["a", "b", "c"]), configuration)
        #expect(totals.done.objects == 2)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("key/a") == Array("ours a".utf8))
        #expect(try await fixture.content("key/b") == Array("ours b".utf8))
        #expect(try await fixture.content("key/c") == Self.theirs)
        // Until it is known, a key is asked for; the first object is put once more to find out.
        let requests = asked.withLock { $0 }
        #expect(requests.prefix(3) == ["HeadObject a", "PutObject a", "PutObject a"])
        #expect(requests.contains("HeadObject b") == isIgnored)
        #expect(requests.contains("PutObject c") == !isIgnored)

        // The next run knows.
        asked.withLock { $0 = [] }
        for name in ["d", "e"] { try fixture.write(name, Array("ours \(name)".utf8)) }
        let later = try await fixture.run(items(["a", "b", "c", "d", "e"]), configuration)
        #expect(later.done.objects == 4)
        let then = asked.withLock { $0 }.filter { $0.hasSuffix("d") || $0.hasSuffix("e") }
        let careful = ["HeadObject d", "PutObject d", "HeadObject e", "PutObject e"]
        #expect(then == (isIgnored ? careful : ["PutObject d", "PutObject e"]))
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"), arguments: [true, false])
    func `a key that may not be looked at is taken for free only where the list does not show it`(
        isTaken: Bool
    ) async throws {
        let fixture = try await MigrationFixture(on: .moto)
        try fixture.write("a", Array("ours a".utf8))
        if isTaken {
            _ = try await fixture.plain.putObject(
                key: "key/a",
                body: .bytes(ByteBuffer(bytes: Self.theirs)),
                contentType: "text/plain"
            )
        }
        fixture.decide { request in
            switch request.operation {
            case "HeadObject": .status(403, code: "AccessDenied")
            case "PutObject": .omitHeader("If-None-Match")
            default: .none
            }
        }
        var configuration = fixture.quick
        configuration.triesConditions = true
        let totals = try await fixture.run(items(["a"]), configuration)
        #expect(totals.failed[.targetForbidden]?.objects == (isTaken ? 1 : nil))
        #expect(totals.done.objects == (isTaken ? 0 : 1))
        #expect(try await fixture.content("key/a") == (isTaken ? Self.theirs : Array("ours a".utf8)))
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"), arguments: [true, false])
    func `where nothing may be looked at or listed, only a condition that is heeded allows a write`(
        isHeeded: Bool
    ) async throws {
        let fixture = try await MigrationFixture(on: .moto)
        try fixture.write("a", Array("ours a".utf8))
        fixture.decide { request in
            ["HeadObject", "ListObjectsV2"].contains(request.operation) ? .status(403, code: "AccessDenied") : .none
        }
        var configuration = fixture.quick
        configuration.triesConditions = !isHeeded
        let totals = try await fixture.run(items(["a"]), configuration)
        #expect(totals.done.objects == (isHeeded ? 1 : 0))
        #expect(totals.failed[.targetForbidden]?.objects == (isHeeded ? nil : 1))
        #expect(fixture.count("PutObject") == (isHeeded ? 1 : 0))
    }
}
