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

    @Test func `what a death left of it goes with the next probe`() async throws {
        let fixture = try await MigrationFixture()
        let probe = OneBucketProbe(source: BucketStore(client: fixture.plain), target: fixture.client, name: name)
        // As if the process had died before the deletion: the storage never hears of it.
        fixture.decide { $0.operation == "DeleteObject" ? .refuse : .none }
        await #expect(throws: MigrationError.self) { _ = try await probe.isOneBucket() }
        #expect(try await keys(fixture.plain) == [probe.location])
        fixture.decide { _ in .none }
        #expect(try await probe.isOneBucket())
        #expect(try await keys(fixture.plain).isEmpty)
    }

    @Test func `a copy of it in another bucket is not taken for it`() async throws {
        let fixture = try await MigrationFixture()
        let storage = try await SeaweedFS.shared
        let other = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        let probe = OneBucketProbe(source: BucketStore(client: other), target: fixture.client, name: name)
        let left = "satchel storage prune \(UUID().uuidString.lowercased())\n"
        _ = try await other.putObject(
            key: probe.location,
            body: .bytes(ByteBuffer(string: left)),
            contentType: "text/plain"
        )
        #expect(try await !probe.isOneBucket())
        #expect(try await keys(fixture.plain).isEmpty)
    }
}
