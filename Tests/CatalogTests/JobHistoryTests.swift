import Catalog
import Foundation
import TestSupport
import Testing

struct JobHistoryTests {
    @Test func `a job that ends is in the history under its number, and in the queue no more`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let end = fixture.start.addingTimeInterval(5)
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(), placeholder: nil),
            job: job,
            at: end
        )
        #expect(try await fixture.catalog.job(id: job.id) == nil)
        let ended = try #require(try await fixture.catalog.endedJob(id: job.id))
        #expect(ended.outcome == .done)
        #expect(ended.kind == .process)
        #expect(ended.attachmentID == attachment.id)
        #expect(ended.userID == "ann")
        #expect(ended.attempts == 1)
        #expect(ended.createdAt == fixture.start)
        #expect(ended.endedAt == end)
        #expect(ended.lastError == nil)
        #expect(try await fixture.catalog.endJob(job, outcome: .failed) == false)
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .done)
    }

    @Test func `a failure is kept with its reason`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "timed_out",
            facts: nil,
            job: job,
            outcome: .dead,
            error: "timed_out: stopped after 30 s"
        )
        let dead = try await fixture.catalog.endedJobs(kind: .process, outcome: .dead, limit: 10)
        #expect(dead.map(\.id) == [job.id])
        #expect(dead.map(\.lastError) == ["timed_out: stopped after 30 s"])
        #expect(try await fixture.catalog.endedJobs(outcome: .done, limit: 10).isEmpty)
        #expect(try await fixture.catalog.endedJobs(attachmentID: UUID(), limit: 10).isEmpty)
        #expect(try await fixture.catalog.endedJobCounts() == [.process: [.dead: 1]])
    }

    @Test func `pages of the history begin with the latest number`() async throws {
        let fixture = try await CatalogFixture()
        var ids: [Int64] = []
        for _ in 0..<5 {
            let job = try #require(try await fixture.commit(fixture.attachment()))
            try await fixture.catalog.removeJob(job)
            ids.append(job.id)
        }
        let first = try await fixture.catalog.endedJobs(limit: 2)
        #expect(first.map(\.id) == [ids[4], ids[3]])
        #expect(try await fixture.catalog.endedJobs(before: ids[3], limit: 9).map(\.id) == [ids[2], ids[1], ids[0]])
    }

    @Test func `what ended long ago is forgotten in lots, what is dead later`() async throws {
        let fixture = try await CatalogFixture()
        let day: TimeInterval = 86_400
        for outcome in JobOutcome.allCases {
            for age in [1.0, 10.0, 40.0] {
                let job = try #require(try await fixture.commit(fixture.attachment()))
                let end = fixture.start.addingTimeInterval(-age * day)
                #expect(try await fixture.catalog.endJob(job, outcome: outcome, at: end))
            }
        }
        func prune(limit: Int) async throws -> Int {
            try await fixture.catalog.pruneJobHistory(
                endedBefore: fixture.start.addingTimeInterval(-7 * day),
                deadBefore: fixture.start.addingTimeInterval(-30 * day),
                limit: limit
            )
        }
        #expect(try await prune(limit: 1) == 4)
        #expect(try await prune(limit: 100) == 3)
        #expect(try await prune(limit: 100) == 0)
        let left = try await fixture.catalog.endedJobs(limit: 100)
        #expect(left.count == 5)
        #expect(left.filter { $0.outcome == .dead }.count == 2)
    }
}
