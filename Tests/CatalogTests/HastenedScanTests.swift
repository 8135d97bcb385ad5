import Catalog
import Foundation
import TestSupport
import Testing

/// Scans that wait until the file has been moved.
struct HastenedScanTests {
    private let fixture: CatalogFixture
    private let candidate: AdoptionCandidate
    private var id: UUID { candidate.attachment.id }
    private var catalog: Catalog { fixture.catalog }
    private var late: Date { fixture.start.addingTimeInterval(300) }

    /// A clip with a thumbnail that waits in a media root and for a scan.
    init() async throws {
        fixture = try await CatalogFixture()
        var candidate = fixture.candidate()
        candidate.attachment.hold = .scan
        self.candidate = candidate
        #expect(try await fixture.adopt(candidate) == .adopted)
    }

    private func scan() async throws -> Job {
        try #require(try await catalog.job(attachmentID: id, kind: .scan))
    }

    private func claim() async throws -> Job {
        let due = try #require(try await catalog.dueJobsInTurns(kind: .scan, limit: 9, now: fixture.start).jobs.first)
        return try #require(try await catalog.claimJob(due, leaseUntil: late, now: fixture.start))
    }

    /// The scanner cannot be given the file.
    private func putOff(_ job: Job) async throws {
        try await catalog.postponeJob(
            job,
            until: late,
            error: "waits",
            countsAttempt: false,
            waitsForMove: true,
            at: fixture.start
        )
    }

    @Test func `a scan that was put off is due when the original has arrived, and not before`() async throws {
        for _ in 0..<2 {
            try await putOff(try await scan())
        }
        let thumbnail = candidate.attachment.renditions[0].objectKey
        #expect(try await fixture.arrive(thumbnail) == .moved)
        let waiting = try await scan()
        #expect(waiting.runAfter == late)
        #expect(waiting.delays == 2)
        #expect(waiting.lastError == "waits")
        #expect(try await catalog.dueJobsInTurns(kind: .scan, limit: 9, now: fixture.start).jobs == [])
        #expect(try await fixture.arrive(candidate.attachment.objectKey) == .moved)
        let due = try await scan()
        #expect(due.id == waiting.id)
        #expect(due.runAfter == fixture.start)
        // A scanner that is away now is waited for from the shortest pause on.
        #expect(due.delays == 0)
        #expect(due.lastError == nil)
        #expect(try await claim().id == due.id)
    }

    @Test func `a move in the midst of an attempt is not missed by it`() async throws {
        let job = try await claim()
        #expect(try await fixture.arrive(candidate.attachment.objectKey) == .moved)
        // Whoever has it keeps it.
        let leased = try await scan()
        #expect(leased == job)
        try await putOff(job)
        let due = try await scan()
        #expect(!due.isLeased)
        #expect(due.runAfter == fixture.start)
        #expect(due.attempts == 0)
    }

    @Test func `what is put off for another reason after the move stays put off`() async throws {
        #expect(try await fixture.arrive(candidate.attachment.objectKey) == .moved)
        let job = try await claim()
        try await catalog.postponeJob(job, until: late, error: "away", countsAttempt: false, at: fixture.start)
        #expect(try await scan().runAfter == late)
        // The move is told of once more, as after a death between the record and the journal.
        #expect(try await fixture.arrive(candidate.attachment.objectKey) == .moved)
        let thumbnail = candidate.attachment.renditions[0].objectKey
        #expect(try await fixture.arrive(thumbnail) == .moved)
        #expect(try await scan().runAfter == late)
        #expect(try await scan().delays == 1)
    }
}
