import Catalog
import Foundation
import S3
import TestSupport
import Testing

@testable import Attachments

/// A process that works jobs off beside the server.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RunJobsTests {
    @Test(.timeLimit(.minutes(1)))
    func `it ends when the files are in another storage, and everything it does with it`() async throws {
        let fixture = try await ServiceFixture()
        let own = fixture.storage.identity()
        #expect(try await fixture.catalog.settleStorage(current: own, source: nil) == .noted)
        let server = try Catalog.open(path: fixture.directory.file("catalog.sqlite"), exclusively: true)
        _ = try await server.settleStorage(current: "s3:http://127.0.0.1:1/other", source: own)
        let error = await #expect(throws: StorageChanged.self) {
            try await fixture.service.runJobs(of: Set(JobKind.allCases))
        }
        #expect(error?.storage == "s3:http://127.0.0.1:1/other")
        // It took leave: nobody waits for its leases.
        #expect(try await server.runners().isEmpty)
        try server.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func `it ends without an error when it is cancelled`() async throws {
        let fixture = try await ServiceFixture()
        let service = fixture.service
        let work = Task { try await service.runJobs(of: [.purge]) }
        let isKnown = try await fixture.eventually { try await !fixture.catalog.runners().isEmpty }
        #expect(isKnown)
        work.cancel()
        try await work.value
        #expect(try await fixture.catalog.runners().isEmpty)
    }
}
