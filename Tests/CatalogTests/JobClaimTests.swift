import Catalog
import Foundation
import TestSupport
import Testing

struct JobClaimTests {
    @Test func `the job of a commit is claimed already, and due when the lease is over`() async throws {
        let fixture = try await CatalogFixture()
        let end = fixture.start.addingTimeInterval(600)
        let job = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        #expect(job.isLeased)
        #expect(job.attempts == 1)
        #expect(job.runAfter == end)
        #expect(job.createdAt == fixture.start)
        let justBefore = end.addingTimeInterval(-0.001)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: justBefore).isEmpty)
        #expect(try await fixture.catalog.claimJob(job, leaseUntil: end, now: justBefore) == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: end) == [job])
    }

    @Test func `a commit that says nothing leases the job for a minute`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        let job = try await fixture.catalog.commitUpload(
            attachment: attachment,
            activity: fixture.activity(.fileUploaded, of: attachment)
        )
        let left = try #require(job).runAfter.timeIntervalSinceNow
        #expect(left > 0 && left < 61)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
    }

    @Test func `a claimed job is not claimed again, by whatever reading of it`() async throws {
        let fixture = try await CatalogFixture()
        let job = try #require(try await fixture.commit(fixture.attachment()))
        let end = fixture.start.addingTimeInterval(600)
        let claimed = try await fixture.catalog.claimJob(job, leaseUntil: end, now: fixture.start)
        #expect(claimed?.id == job.id)
        #expect(claimed?.attempts == job.attempts + 1)
        #expect(claimed?.isLeased == true)
        #expect(claimed?.runAfter == end)
        let latest = try #require(claimed)
        for reading in [job, latest] {
            #expect(try await fixture.catalog.claimJob(reading, leaseUntil: end, now: fixture.start) == nil)
        }
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: fixture.start).isEmpty)
    }

    @Test func `of many who claim at once one gets the job`() async throws {
        let fixture = try await CatalogFixture()
        let job = try #require(try await fixture.commit(fixture.attachment()))
        let end = fixture.start.addingTimeInterval(600)
        let count = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let claimed = try await fixture.catalog.claimJob(job, leaseUntil: end, now: fixture.start)
                    return claimed != nil
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count == 1)
    }

    @Test func `a job that was put off or ended since it was read is not claimed`() async throws {
        let fixture = try await CatalogFixture()
        let read = try #require(try await fixture.commit(fixture.attachment()))
        let end = fixture.start.addingTimeInterval(600)
        let claimed = try await fixture.catalog.claimJob(read, leaseUntil: end, now: fixture.start)
        // The attempt is taken back, so the count is what was read.
        try await fixture.catalog.postponeJob(
            try #require(claimed),
            until: fixture.start.addingTimeInterval(1),
            error: "storage_unavailable",
            countsAttempt: false
        )
        let later = fixture.start.addingTimeInterval(60)
        #expect(try await fixture.catalog.claimJob(read, leaseUntil: end, now: later) == nil)
        let back = try #require(try await fixture.catalog.nextJobs(limit: 10, now: later).first)
        #expect(back.attempts == read.attempts)
        try await fixture.catalog.removeJob(back)
        #expect(try await fixture.catalog.claimJob(back, leaseUntil: end, now: later) == nil)
    }

    @Test func `each claim without an outcome counts`() async throws {
        let fixture = try await CatalogFixture()
        var job = try #require(try await fixture.commit(fixture.attachment()))
        for attempt in 2...5 {
            let now = job.runAfter
            let claimed = try await fixture.catalog.claimJob(job, leaseUntil: now.addingTimeInterval(600), now: now)
            job = try #require(claimed)
            #expect(job.attempts == attempt)
            #expect(job.delays == 0)
        }
    }

    @Test func `a job that is given back is as it was, and due at once`() async throws {
        let fixture = try await CatalogFixture()
        let job = try #require(try await fixture.commit(fixture.attachment()))
        let claimed = try await fixture.catalog.claimJob(job, leaseUntil: fixture.start.addingTimeInterval(600))
        let now = fixture.start.addingTimeInterval(60)
        try await fixture.catalog.releaseJob(try #require(claimed), at: now)
        let back = try #require(try await fixture.catalog.nextJobs(limit: 10, now: now).first)
        #expect(back.id == job.id)
        #expect(back.attempts == job.attempts)
        #expect(back.delays == 0)
        #expect(!back.isLeased)
        #expect(back.runAfter == now)
        #expect(back.lastError == nil)
    }

    @Test func `whoever lost its claim changes nothing any more`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let lost = try #require(try await fixture.commit(attachment))
        let end = fixture.start.addingTimeInterval(600)
        let holder = try await fixture.catalog.claimJob(lost, leaseUntil: end, now: fixture.start)
        try await fixture.catalog.postponeJob(lost, until: fixture.start, error: "late", countsAttempt: false)
        try await fixture.catalog.releaseJob(lost)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == holder)
    }

    @Test func `leases end when a process starts, pauses do not`() async throws {
        let fixture = try await CatalogFixture()
        let start = fixture.start
        let end = start.addingTimeInterval(600)
        let leased = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        let over = try #require(
            try await fixture.commit(fixture.attachment(), leaseUntil: start.addingTimeInterval(-10))
        )
        let paused = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        try await fixture.catalog.postponeJob(paused, until: end, error: "storage_unavailable", countsAttempt: false)

        #expect(try await fixture.catalog.registerRunner(.serve, processID: 1, at: start) == 2)
        let due = try await fixture.catalog.nextJobs(limit: 10, now: start)
        #expect(due.map(\.id) == [over.id, leased.id])
        #expect(due.map(\.runAfter) == [over.runAfter, start])
        #expect(due.map(\.attempts) == [1, 1])
        #expect(due.map(\.isLeased) == [false, false])
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: end).count == 3)
        #expect(try await fixture.catalog.registerRunner(.serve, processID: 1, at: start) == 0)
    }

    @Test func `an attempt is taken back though its lease was ended`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(
            try await fixture.commit(attachment, leaseUntil: fixture.start.addingTimeInterval(600))
        )
        try await fixture.catalog.registerRunner(.serve, processID: 1, at: fixture.start)
        try await fixture.catalog.postponeJob(job, until: fixture.start, error: "busy", countsAttempt: false)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process)?.attempts == 0)
    }
}
