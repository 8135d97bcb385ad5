import Catalog
import Testing

@testable import Attachments

/// How a process makes it known that it works jobs off.
struct AnnouncementTests {
    @Test func `what the catalog has not taken is said again, and what it has taken is not`() async throws {
        // Without a schema the catalog takes nothing.
        try await OfflineService.run(migrates: false) { offline in
            let (service, catalog) = (offline.service, offline.catalog)
            await service.announce(as: .work)
            try catalog.migrate()
            #expect(try await catalog.runners().isEmpty)
            await service.announce(as: .work)
            let first = try await catalog.runners()
            #expect(first.map(\.token) == [catalog.runnerToken])
            #expect(first.map(\.kind) == [.work])
            await service.announce(as: .serve)
            #expect(try await catalog.runners() == first)
        }
    }
}
