import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// Keys that are the folders of others, against a storage that may keep objects as files.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct FolderKeyTests {
    private static let keys = ["a", "a/b", "c", "d/e/f", "d/e"]

    /// Another bucket's objects, which have each key as their bytes: a directory cannot be the source of these.
    private func source() async throws -> (any ObjectStore, [MigrationItem]) {
        let storage = try await SeaweedFS.shared
        let client = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        let store = BucketStore(client: client)
        var items: [MigrationItem] = []
        for (number, key) in Self.keys.enumerated() {
            _ = try await client.putObject(
                key: "\(number)",
                body: .bytes(ByteBuffer(string: key)),
                contentType: "text/plain"
            )
            items.append(MigrationItem(location: "\(number)", targetKey: key))
        }
        return (store, items)
    }

    /// Refuses keys below others, and folders of others, as servers do that keep objects as files.
    private static func refusing(_ request: ProxiedRequest) -> Fault {
        let isSecond = request.target.contains("folder-") && request.target.hasSuffix("/x")
        return request.operation == "PutObject" && isSecond ? .status(409, code: "ExistingObjectIsFile") : .none
    }

    @Test func `where the target cannot hold both, the folder fails, the rest arrives, and nothing is lost`()
        async throws
    {
        let fixture = try await MigrationFixture()
        fixture.decide(Self.refusing)
        let (store, items) = try await source()
        let totals = try await fixture.run(items, from: store)
        #expect(totals.done.objects == 3)
        #expect(totals.failed.mapValues(\.objects) == [.targetTaken: 2])
        for key in ["a/b", "c", "d/e/f"] { #expect(try await fixture.content(key) == Array(key.utf8)) }
        let journal = try fixture.journal(of: store)
        let failures = try await journal.failures()
        #expect(failures.map(\.item.targetKey).sorted() == ["a", "d/e"])
        #expect(
            failures.allSatisfy {
                $0.state == .conflict && $0.failure?.message.contains("is the folder of another") == true
            }
        )
        // Once they are tried again, they are found to be in conflict again.
        #expect(try await journal.retry() == 2)
        try await journal.close()
        #expect(try await fixture.run(from: store).failed[.targetTaken]?.objects == 2)
        // No trace of the trial.
        #expect(try await fixture.plain.listObjects(prefix: ".satchel-check/").isEmpty)
        // The source is only read.
        for number in Self.keys.indices { #expect(try await store.head("\(number)") != nil) }
    }

    @Test func `what somebody has in the target is neither a folder nor put into one`() async throws {
        let fixture = try await MigrationFixture()
        fixture.decide(Self.refusing)
        let (store, items) = try await source()
        for key in ["a", "c/theirs"] {
            _ = try await fixture.plain.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: "theirs")),
                contentType: "text/plain"
            )
        }
        let totals = try await fixture.run(items.filter { ["a/b", "c"].contains($0.targetKey) }, from: store)
        #expect(totals.done.objects == 0)
        #expect(totals.failed[.targetTaken]?.objects == 2)
        for key in ["a", "c/theirs"] { #expect(try await fixture.content(key) == Array("theirs".utf8)) }
    }

    @Test func `on the server as it is, each object arrives whole or is told of`() async throws {
        let fixture = try await MigrationFixture()
        let (store, items) = try await source()
        let totals = try await fixture.run(items, from: store)
        let journal = try fixture.journal(of: store)
        let failed = try await journal.failures()
        try await journal.close()
        #expect(totals.done.objects + Int64(failed.count) == 5)
        let told = failed.map { "\($0.item.targetKey): \(String(describing: $0.failure))" }
        #expect(
            failed.allSatisfy { ["a", "d/e"].contains($0.item.targetKey) && $0.failure?.code == .targetTaken },
            "\(told)"
        )
        let lost = Set(failed.map(\.item.targetKey))
        let listed = Set(try await fixture.plain.listObjects().map(\.key))
        #expect(listed == Set(Self.keys).subtracting(lost))
        for key in Self.keys where !lost.contains(key) { #expect(try await fixture.content(key) == Array(key.utf8)) }
    }

    @Test(
        .enabled(if: Moto.canStart, "there is no moto"),
        arguments: [(503, "SlowDown"), (403, "AccessDenied"), (403, "SignatureDoesNotMatch")]
    )
    func `where it cannot be found out nothing becomes a conflict, and the next run sends all`(
        status: Int,
        code: String
    ) async throws {
        let fixture = try await MigrationFixture(on: .moto)
        fixture.decide { $0.operation == "PutObject" ? .status(status, code: code) : .none }
        let (store, items) = try await source()
        let error = await #expect(throws: MigrationError.self) { _ = try await fixture.run(items, from: store) }
        #expect(error?.code == (status == 403 ? .targetForbidden : .targetUnavailable))
        fixture.decide { _ in .none }
        let totals = try await fixture.run(from: store)
        #expect(totals.done.objects == 5)
        for key in Self.keys { #expect(try await fixture.content(key) == Array(key.utf8)) }
    }

    @Test(.enabled(if: Moto.canStart, "there is no moto"))
    func `trouble over the second of a pair is not taken for a refusal`() async throws {
        let fixture = try await MigrationFixture(on: .moto)
        let isFirst = Mutex(true)
        fixture.decide { request in
            guard request.operation == "PutObject", request.target.contains("folder-"), request.target.hasSuffix("-1/x")
            else { return .none }
            return isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? .status(503, code: "SlowDown") : .none
            }
        }
        let (store, items) = try await source()
        #expect(try await fixture.run(items, from: store).done.objects == 5)
        #expect(fixture.proxy.counts.faults["status503"] == 1)
        #expect(try await fixture.plain.listObjects(prefix: ".satchel-check/").isEmpty)
    }

    @Test func `a plan tells of the pairs, and of what is in the target`() async throws {
        let (store, items) = try await source()
        let target = try TemporaryDirectory()
        try target.write("theirs", to: "c/theirs")
        let plan = try await MigrationPlan.make(
            of: GivenItems(items: items),
            source: store,
            target: try DirectoryStore(path: target.path)
        )
        let conflicts = plan.complaints.filter { $0.kind == .conflict }
        // By their places in the source: a, d/e, and c.
        #expect(conflicts.map(\.subject).sorted() == ["0", "2", "4"])
        #expect(plan.complaintCounts[.conflict] == 3)
        #expect(conflicts.allSatisfy { $0.reason.contains("one is the other's folder") })
        let quiet = try await MigrationPlan.make(of: GivenItems(items: [items[0]]), source: store)
        #expect(quiet.complaintCounts[.conflict] == nil)
    }
}

/// An inventory of what it is given.
private struct GivenItems: MigrationInventory {
    let items: [MigrationItem]

    var listsSource: Bool { true }

    func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        var batch = InventoryBatch()
        batch.items = items
        try await body(batch)
    }
}
