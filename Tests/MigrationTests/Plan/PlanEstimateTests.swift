import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// How long it will take: at least so long, resting on what can be found out without writing.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct PlanEstimateTests {
    private func plan(
        _ fixture: MigrationFixture,
        from source: any ObjectStore,
        maxBytesPerSecond: Int64? = nil
    ) async throws -> MigrationPlan {
        var options = PlanOptions()
        options.maxBytesPerSecond = maxBytesPerSecond
        return try await MigrationPlan.make(
            of: BareInventory(store: source),
            source: source,
            target: BucketStore(client: fixture.client),
            options: options
        )
    }

    @Test func `the target is asked, nothing is written, and the text says what the estimate rests on`() async throws {
        let fixture = try await MigrationFixture()
        for number in 0..<5 { try fixture.write("\(number)", MigrationFixture.noise(1000)) }
        let plan = try await plan(fixture, from: try fixture.store())
        let estimate = try #require(plan.estimate)
        let answers = try #require(estimate.answersPerSecond)
        #expect(estimate.sample == MigrationTotals.Amount(objects: 5, bytes: 5000))
        // Five objects take five requests at least.
        #expect(estimate.seconds >= 5 / answers * 0.999)
        #expect(fixture.count("HeadObject") == 5)
        let asked = Set(fixture.proxy.counts.operations.filter { $0.value > 0 }.keys)
        #expect(asked.isSubset(of: ["HeadObject", "ListObjectsV2", "ListObjects", "HeadBucket"]), "\(asked)")
        #expect(try await fixture.plain.listObjects().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: fixture.journalPath))
        let text = plan.text
        #expect(text.contains("Time        at least "))
        #expect(!text.contains(" 0 s"))
        #expect(text.contains("reading 5 objects"))
        #expect(text.contains("asking the target"))
        #expect(text.contains("A plan writes nothing"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `a limit is counted with: once where the bytes come through, twice where the storage copies`()
        async throws
    {
        let fixture = try await MigrationFixture()
        try fixture.write("a", MigrationFixture.noise(100_000))
        let streamed = try await plan(fixture, from: try fixture.store(), maxBytesPerSecond: 2000)
        #expect(streamed.estimate?.seconds == 50)
        #expect(streamed.text.contains("at least 50 s"))
        #expect(streamed.text.contains("the limit of 2.0 KiB/s"))

        _ = try await fixture.plain.putObject(
            key: "old/a",
            body: .bytes(ByteBuffer(bytes: MigrationFixture.noise(100_000))),
            contentType: "text/plain"
        )
        let source = BucketStore(client: fixture.client, prefix: "old")
        let copied = try await plan(fixture, from: source, maxBytesPerSecond: 2000)
        #expect(copied.estimate?.seconds == 100)
        #expect(copied.estimate?.maxBytesPerSecond == 2000)
    }

    @Test func `a target that does not answer leaves the source alone to go by`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        fixture.decide { $0.operation == "HeadObject" ? .status(403, code: "AccessDenied") : .none }
        let plan = try await plan(fixture, from: try fixture.store())
        #expect(plan.estimate != nil)
        #expect(plan.estimate?.answersPerSecond == nil)
        #expect(!plan.text.contains("asking the target"))
    }
}
