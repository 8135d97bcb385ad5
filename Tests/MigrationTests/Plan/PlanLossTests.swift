import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// What bare objects cannot have in the target is told by the plan's sample, in the words of the run.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct PlanLossTests {
    private let fixture: MigrationFixture
    private let source: BucketStore

    /// Two objects, of which one has so much metadata that its time has no room beside it.
    init() async throws {
        fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        let old = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        var headers = S3ObjectHeaders(contentType: "text/plain")
        _ = try await old.putObject(key: "plain", body: .bytes(ByteBuffer(string: "plain")), headers: headers)
        headers.metadata = [(name: "long", value: String(repeating: "x", count: 2030))]
        _ = try await old.putObject(key: "long", body: .bytes(ByteBuffer(string: "long")), headers: headers)
        source = BucketStore(client: old)
    }

    private func plan(_ options: PlanOptions = PlanOptions()) async throws -> MigrationPlan {
        try await MigrationPlan.make(
            of: BareInventory(store: source),
            source: source,
            target: BucketStore(client: fixture.client),
            options: options
        )
    }

    @Test func `the plan tells of it as the run does, and writes nothing`() async throws {
        let plan = try await plan()
        #expect(plan.complaintCounts == [.invalid: 1])
        let told = try #require(plan.complaints.first)
        #expect(told.subject == "long")
        #expect(told.isRemark)
        #expect(told.reason.contains("its time has no room beside its metadata"))
        #expect(plan.objects.objects == 2)
        #expect(try await fixture.plain.listObjects().isEmpty)

        let items = ["plain", "long"].map { MigrationItem(location: $0, targetKey: $0) }
        #expect(try await fixture.run(items, from: source).done.objects == 2)
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        let remarks = try await journal.arrivalRemarks()
        try await journal.close()
        #expect(remarks.first.map(\.subject) == ["long"])
        #expect(remarks.first.first?.reason == "its time has no room beside its metadata")
    }

    @Test func `without a sample nothing of it is known`() async throws {
        var options = PlanOptions()
        options.sampleCount = 0
        let plan = try await plan(options)
        #expect(plan.complaintCounts == [:])
        #expect(plan.objects.objects == 2)
    }
}
