import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

struct StatisticsTests {
    private final class Notes: CatalogObserver {
        private let outcomes = Mutex<[CatalogWriteOutcome]>([])

        var all: [CatalogWriteOutcome] { outcomes.withLock { $0 } }

        func catalogCommit(of writes: [CatalogWriteOutcome], after duration: Duration) {
            outcomes.withLock { $0 += writes }
        }
    }

    @Test func `jobs are counted by kind and state`() async throws {
        let fixture = try await CatalogFixture()
        #expect(try await fixture.catalog.jobCounts() == JobCounts())
        let (one, two) = (fixture.attachment(), fixture.attachment())
        let running = try #require(try await fixture.commit(one, leaseUntil: Date(timeIntervalSinceNow: 600)))
        let other = try #require(try await fixture.commit(two, leaseUntil: Date(timeIntervalSinceNow: 600)))
        try await fixture.catalog.postponeJob(
            other,
            until: Date(timeIntervalSinceNow: 60),
            error: "away",
            countsAttempt: false
        )
        var counts = try await fixture.catalog.jobCounts()
        #expect(counts[.process, .running] == 1)
        #expect(counts[.process, .delayed] == 1)
        #expect(counts[.process, .waiting] == 0)
        try await fixture.catalog.releaseJob(running)
        counts = try await fixture.catalog.jobCounts()
        #expect(counts[.process, .running] == 0)
        #expect(counts[.process, .waiting] == 1)
        #expect(counts[.purge, .waiting] == 0)
    }

    @Test func `files and bytes are added up by kind`() async throws {
        let fixture = try await CatalogFixture()
        #expect(try await fixture.catalog.storedAmounts() == StoredAmounts())
        for _ in 0..<3 { try await fixture.commit(fixture.attachment(status: .ready)) }
        try executeSQL(
            """
            INSERT INTO rendition (attachment_id, name, object_key, width, height, mime_type, byte_count)
            SELECT id, 'thumbnail', 'r/' || id, 320, 180, 'image/jpeg', 9000 FROM attachment LIMIT 2;
            UPDATE rendition SET byte_count = NULL WHERE object_key = (SELECT max(object_key) FROM rendition);
            """,
            at: fixture.path
        )
        let amounts = try await fixture.catalog.storedAmounts()
        #expect(amounts.originals == [.video: StoredAmount(files: 3, bytes: 157_286_400)])
        #expect(amounts.renditions == StoredAmount(files: 2, bytes: 9_000))
    }

    @Test func `each write is told with what came of it`() async throws {
        let directory = try TemporaryDirectory()
        let notes = Notes()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"), observer: notes)
        try catalog.migrate()
        #expect(notes.all == [])
        let id = UUID.version7()
        try await catalog.putConversation(id: id, participants: [], at: Date())
        #expect(notes.all == [.committed])
        let refused = Participant(conversationID: .version7(), userID: "ann", role: .member)
        await #expect(throws: CatalogError.self) { try await catalog.putParticipant(refused) }
        #expect(notes.all == [.committed, .refused])
        #expect(catalog.waitingWrites == 0)
        withExtendedLifetime(directory) {}
    }
}
