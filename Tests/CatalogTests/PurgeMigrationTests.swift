import Catalog
import Foundation
import TestSupport
import Testing

/// The step that tells why objects were purged, with data in the tables, both ways.
struct PurgeMigrationTests {
    private let fixture: CatalogFixture
    private var path: String { fixture.path }

    init() async throws {
        fixture = try await CatalogFixture()
        let doomed = fixture.attachment(status: .ready)
        try await fixture.commit(doomed)
        _ = try await fixture.delete(doomed)
    }

    private func log() throws -> [String] {
        try fetchTexts(
            "SELECT id || ' ' || user_id || ' ' || action || ' ' || description || ' ' || occurred_at FROM activity",
            at: path
        )
    }

    @Test func `lines keep their numbers there and back, and those of nobody have no place in the older schema`()
        async throws
    {
        let before = try log()
        #expect(before.count == 3)
        try await fixture.catalog.recordActivity(
            Activity(
                userID: nil,
                action: .filePurged,
                description: "Purged an object that nothing referred to",
                cause: .orphaned,
                objectKey: "attachments/a",
                occurredAt: fixture.start
            )
        )
        // The sweep's, which is nobody's and has a cause.
        _ = try #require(try await fixture.catalog.condemn(key: "attachments/b", at: fixture.start))
        let jobs = "SELECT id || object_keys || coalesce(user_id, '') || run_after || coalesce(owner, '') FROM job"
        let queued = try fetchTexts(jobs, at: path)
        #expect(queued.count == 2)
        #expect(try fixture.catalog.rollback() == ["010-purges"])
        #expect(try log() == before)
        #expect(try fetchTexts(jobs, at: path) == queued)
        #expect(try fixture.catalog.migrate() == ["010-purges"])
        #expect(try log() == before)
        #expect(try fetchTexts(jobs, at: path) == queued)
        // What the older schema did not tell is not made up.
        let causes = try await fixture.catalog.activities(limit: 9).map(\.cause)
        #expect(causes == [nil, nil, nil])
        // No number is used twice.
        try await fixture.catalog.recordActivity(fixture.activity(.fileDownloaded, of: fixture.attachment()))
        let newest = try await fixture.catalog.activities(limit: 1).first?.id
        #expect(newest == 5)
    }

    @Test func `only a purge may be nobody's, and only a purge has a cause`() async throws {
        for (user, cause) in [(nil, nil), ("ann", PurgeCause.deleted)] as [(String?, PurgeCause?)] {
            let line = Activity(
                userID: user,
                action: .fileDeleted,
                description: "",
                cause: cause,
                occurredAt: fixture.start
            )
            let code = try await errorCode { try await fixture.catalog.recordActivity(line) }
            #expect(code == .constraint)
        }
    }
}
