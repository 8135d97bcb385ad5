import Attachments
import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Migration

/// The object by which a prune tells whether source and target are one bucket.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct OneBucketProbeTests {
    private let name = "0195a1b200007000"

    private func keys(_ client: S3Client) async throws -> [String] {
        try await client.listObjects(prefix: ".satchel-check/").map(\.key)
    }

    /// A probe that died before the deletion: the storage never hears of it.
    private func diedProbe(_ fixture: MigrationFixture, prefix: String) async throws -> OneBucketProbe {
        let source = BucketStore(client: fixture.plain, prefix: prefix)
        let probe = OneBucketProbe(source: source, target: fixture.client, name: name)
        fixture.decide { $0.operation == "DeleteObject" ? .refuse : .none }
        await #expect(throws: MigrationError.self) { _ = try await probe.isOneBucket() }
        let left = try await fixture.plain.listObjects().map(\.key)
        #expect(left == [probe.key])
        fixture.decide { _ in .none }
        return probe
    }

    @Test(arguments: ["", "old/files/"])
    func `what a death left of it goes with the next probe`(prefix: String) async throws {
        let fixture = try await MigrationFixture()
        let probe = try await diedProbe(fixture, prefix: prefix)
        #expect(try await probe.isOneBucket())
        #expect(try await fixture.plain.listObjects().isEmpty)
    }

    @Test(arguments: ["", "old/files/"])
    func `the sweep finds what a death left of it, whatever the prefix of the source`(prefix: String) async throws {
        let fixture = try await MigrationFixture()
        let probe = try await diedProbe(fixture, prefix: prefix)
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        _ = try await catalog.settleStorage(current: fixture.plain.identity(), source: nil)
        let sweep = Sweep(
            catalog: catalog,
            storage: fixture.plain,
            spoolDirectory: nil,
            age: 0,
            logger: MigrationFixture.logger
        )
        let now = Date(timeIntervalSinceNow: 3_700)
        var items: [SweepItem] = []
        _ = try await sweep.find(now: now) { items.append($0) }
        #expect(items.map(\.kind) == [.trialObject])
        #expect(items.map(\.name) == [probe.key])
        for item in items { #expect(try await sweep.apply(item, now: now) == .removed) }
        #expect(try await fixture.plain.listObjects().isEmpty)
    }

    @Test func `another bucket is told from the target's, whatever the prefix of the source`() async throws {
        let fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        let other = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        let source = BucketStore(client: other, prefix: "old/files/")
        #expect(try await !OneBucketProbe(source: source, target: fixture.client, name: name).isOneBucket())
        #expect(try await fixture.plain.listObjects().isEmpty)
        #expect(try await other.listObjects().isEmpty)
    }

    @Test func `a copy of it in another bucket is not taken for it`() async throws {
        let fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        let other = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        let probe = OneBucketProbe(source: BucketStore(client: other), target: fixture.client, name: name)
        let left = "satchel storage prune \(UUID().uuidString.lowercased())\n"
        _ = try await other.putObject(
            key: probe.key,
            body: .bytes(ByteBuffer(string: left)),
            contentType: "text/plain"
        )
        #expect(try await !probe.isOneBucket())
        #expect(try await keys(fixture.plain).isEmpty)
    }
}
