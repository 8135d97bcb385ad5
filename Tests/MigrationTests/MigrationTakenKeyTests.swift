import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// What somebody else stored under a key stays, whenever and in whatever order it came.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationTakenKeyTests {
    private static let theirs = Array("nineteen bytes here".utf8)
    private let large = MigrationFixture.noise(6 << 20)

    /// A storage that knows no conditional writes, and says so.
    private static func refusingConditions(_ request: ProxiedRequest) -> Fault {
        let isConditional = request.operation == "PutObject" && request.header("If-None-Match") != nil
        return isConditional ? .status(501, code: "NotImplemented") : .none
    }

    private static func put(_ content: [UInt8], _ key: String, with client: S3Client) async throws {
        _ = try await client.putObject(
            key: key,
            body: .bytes(ByteBuffer(bytes: content)),
            contentType: "text/plain"
        )
    }

    /// Runs, and has something else put under the key after the target was listed and before anything is sent.
    private func runBehind(
        _ key: String,
        _ items: [MigrationItem],
        from store: any ObjectStore,
        _ fixture: MigrationFixture,
        _ configuration: MigrationRunConfiguration
    ) async throws -> MigrationTotals {
        let journal = try fixture.journal(of: store)
        _ = try await journal.add(items)
        let run = MigrationRun(
            configuration: configuration,
            source: store,
            target: fixture.target,
            journal: journal,
            logger: MigrationFixture.logger
        )
        run.pause()
        let task = Task { try await run.run() }
        while fixture.count("ListObjectsV2") == 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(300))
        try await Self.put(Self.theirs, key, with: fixture.plain)
        run.resume()
        let totals = try await task.value
        try await journal.close()
        return totals
    }

    private func expectTheirs(_ key: String, _ totals: MigrationTotals, _ fixture: MigrationFixture) async throws {
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(totals.done.objects == 0)
        #expect(try await fixture.content(key) == Self.theirs)
        #expect(try await fixture.row()?.state == .conflict)
        #expect(try await fixture.plain.listMultipartUploads(prefix: key).isEmpty)
    }

    @Test func `a key is seen that the storage lists behind a page that is past the last of ours`() async throws {
        let fixture = try await MigrationFixture()
        let plain = fixture.plain
        // More than a page, of which the storage says the names in the folder first: by their bytes they come last.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                if number >= 16 { try await group.next() }
                let name = "a/" + String(String(10_000 + number).dropFirst())
                group.addTask { try await Self.put([1], name, with: plain) }
            }
            try await group.waitForAll()
        }
        for key in ["a-b/big", "a-b/small"] { try await Self.put(Self.theirs, key, with: plain) }
        try fixture.write("a-b/big", large)
        for name in ["a-b/small", "a.txt"] { try fixture.write(name, Array("ours".utf8)) }
        let totals = try await fixture.run(
            ["a-b/big", "a-b/small", "a.txt"].map { MigrationItem(location: $0, targetKey: $0) }
        )
        #expect(totals.done.objects == 1)
        #expect(totals.failed[.targetTaken]?.objects == 2)
        for key in ["a-b/big", "a-b/small"] { #expect(try await fixture.content(key) == Self.theirs) }
        // For what was seen in time nothing is sent at all.
        #expect(fixture.count("PutObject") == 1)
        #expect(fixture.count("CreateMultipartUpload") == 0)
    }

    @Test func `a key that was taken since the listing is not overwritten by a large object`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        let item = MigrationItem(location: "large", targetKey: "key")
        let totals = try await runBehind("key", [item], from: try fixture.store(), fixture, fixture.quick)
        try await expectTheirs("key", totals, fixture)
        #expect(fixture.count("UploadPart") == 0)
    }

    @Test func `a key that is taken while the parts are sent is not overwritten`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        let plain = fixture.plain
        var store = WatchedStore(base: try fixture.store())
        store.hasRead = { try await Self.put(Self.theirs, "key", with: plain) }
        let totals = try await fixture.run([MigrationItem(location: "large", targetKey: "key")], from: store)
        try await expectTheirs("key", totals, fixture)
        #expect(fixture.count("UploadPart") == 2)
        #expect(fixture.count("CompleteMultipartUpload") == 0)
    }

    @Test(arguments: [Int64(5) << 30, 5 << 20])
    func `a key that was taken since the listing is not overwritten by a copy of the storage's own`(
        copyLimit: Int64
    ) async throws {
        let fixture = try await MigrationFixture()
        try await Self.put(large, "old/large", with: fixture.plain)
        var configuration = fixture.quick
        configuration.copyByteCount = copyLimit
        let source = BucketStore(client: fixture.client, prefix: "old")
        let item = MigrationItem(location: "large", targetKey: "key")
        let totals = try await runBehind("key", [item], from: source, fixture, configuration)
        try await expectTheirs("key", totals, fixture)
    }

    @Test func `where the storage knows no conditions, it is asked before a small object is put`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("small", Array("ours".utf8))
        // Whatever else is left out of the request: only without the condition it is taken.
        fixture.decide(Self.refusingConditions)
        let item = MigrationItem(location: "small", targetKey: "key")
        let totals = try await runBehind("key", [item], from: try fixture.store(), fixture, fixture.quick)
        try await expectTheirs("key", totals, fixture)
    }

    @Test func `a storage that is known to take no conditions is asked before each small object`() async throws {
        let fixture = try await MigrationFixture()
        for name in ["a", "b"] { try fixture.write(name, Array("ours".utf8)) }
        let asked = Asked()
        fixture.decide { request in
            asked.note(request)
            return Self.refusingConditions(request)
        }
        var configuration = fixture.quick
        configuration.workers = 1
        let totals = try await runBehind(
            "key/b",
            ["a", "b"].map { MigrationItem(location: $0, targetKey: "key/\($0)") },
            from: try fixture.store(),
            fixture,
            configuration
        )
        #expect(totals.done.objects == 1)
        #expect(totals.failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("key/a") == Array("ours".utf8))
        #expect(try await fixture.content("key/b") == Self.theirs)
        // The first object shows what the storage cannot do; of the second nothing is sent, for its key is asked for.
        let first = asked.of("key/a").filter { $0 != "GetObject" }
        #expect(first.first == "PutObject if-none-match")
        #expect(first.drop { $0 == "PutObject if-none-match" } == ["HeadObject", "PutObject"])
        #expect(asked.of("key/b").first == "HeadObject")
        #expect(!asked.of("key/b").contains { $0.hasPrefix("PutObject") })
    }

    @Test(arguments: [Int64(5) << 30, 5 << 20])
    func `a copy of the storage's own is bound to the source that was looked at`(copyLimit: Int64) async throws {
        let fixture = try await MigrationFixture()
        try await Self.put(large, "old/large", with: fixture.plain)
        let tag = try await fixture.plain.headObject(key: "old/large").etag
        let conditions = Asked()
        fixture.decide { request in
            guard let tag = request.header("x-amz-copy-source-if-match") else { return .none }
            conditions.note(request, as: tag)
            // As a storage answers where the source is another by now.
            return conditions.of("key").count == 1 ? .status(412, code: "PreconditionFailed") : .none
        }
        var configuration = fixture.quick
        configuration.copyByteCount = copyLimit
        configuration.maxAttempts = 1
        let source = BucketStore(client: fixture.client, prefix: "old")
        let item = MigrationItem(location: "large", targetKey: "key")
        let refused = try await fixture.run([item], from: source, configuration)
        #expect(refused.failed[.sourceChanged]?.objects == 1)
        #expect(conditions.of("key") == [tag])
        #expect(try await fixture.run([item], from: source, configuration).done.objects == 1)
        #expect(Set(conditions.of("key")) == [tag])
        #expect(try await fixture.content("key") == large)
    }

    @Test func `a storage that refuses a condition on a completion is asked without it`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("large", large)
        fixture.decide { request in
            request.operation == "CompleteMultipartUpload" && request.operationNumber == 0
                ? .status(501, code: "NotImplemented") : .none
        }
        let totals = try await fixture.run([MigrationItem(location: "large", targetKey: "key")])
        #expect(totals.done.objects == 1)
        #expect(fixture.count("CompleteMultipartUpload") == 2)
        #expect(fixture.count("CreateMultipartUpload") == 1)
        #expect(try await fixture.content("key") == large)
    }
}

/// What a storage was asked for, by key and in its order.
private final class Asked: Sendable {
    private let list = Mutex<[(target: String, what: String)]>([])

    func note(_ request: ProxiedRequest, as what: String? = nil) {
        let condition = request.header("If-None-Match") == nil ? "" : " if-none-match"
        list.withLock { $0.append((request.target, what ?? request.operation + condition)) }
    }

    func of(_ key: String) -> [String] {
        let targets = list.withLock { $0 }
        return targets.filter { $0.target.prefix { $0 != "?" }.hasSuffix("/\(key)") }.map(\.what)
    }
}
