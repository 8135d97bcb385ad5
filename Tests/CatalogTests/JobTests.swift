import Catalog
import Foundation
import TestSupport
import Testing

struct JobTests {
    @Test func `jobs come when they are due, the longest due first, up to the limit`() async throws {
        let fixture = try await CatalogFixture()
        var jobs: [Job] = []
        for offset in [20.0, 0.0, 10.0] {
            var attachment = fixture.attachment()
            attachment.uploadedAt = fixture.start.addingTimeInterval(offset)
            jobs.append(try #require(try await fixture.commit(attachment)))
        }
        let start = fixture.start
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: start.addingTimeInterval(-0.001)).isEmpty)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: start) == [jobs[1]])
        #expect(
            try await fixture.catalog.nextJobs(limit: 10, now: start.addingTimeInterval(60))
                == [jobs[1], jobs[2], jobs[0]]
        )
        #expect(try await fixture.catalog.nextJobs(limit: 2, now: start.addingTimeInterval(60)).count == 2)
        #expect(try await fixture.catalog.nextJobs(limit: 0, now: start.addingTimeInterval(60)).isEmpty)
        #expect(try await fixture.catalog.nextJobs(limit: -1, now: start.addingTimeInterval(60)).isEmpty)
    }

    @Test(arguments: [true, false])
    func `a job that is put off keeps the reason and comes back, one attempt further only where that counts`(
        countsAttempt: Bool
    ) async throws {
        let fixture = try await CatalogFixture()
        let job = try #require(try await fixture.commit(fixture.attachment()))
        let claimed = try await fixture.catalog.claimJob(job, leaseUntil: fixture.start.addingTimeInterval(600))
        let later = fixture.start.addingTimeInterval(30)
        try await fixture.catalog.postponeJob(
            try #require(claimed),
            until: later,
            error: "storage_unavailable",
            countsAttempt: countsAttempt
        )
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: later.addingTimeInterval(-1)).isEmpty)
        let back = try #require(try await fixture.catalog.nextJobs(limit: 10, now: later).first)
        #expect(back.id == job.id)
        #expect(back.attempts == job.attempts + (countsAttempt ? 1 : 0))
        #expect(back.delays == 1)
        #expect(!back.isLeased)
        #expect(back.lastError == "storage_unavailable")
        #expect(back.runAfter == later)
        #expect(back.createdAt == job.createdAt)
    }

    @Test func `a job that nobody claimed is put off without an attempt`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let deleted = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let job = try #require(deleted?.job)
        #expect(!job.isLeased)
        for countsAttempt in [true, false] {
            try await fixture.catalog.postponeJob(
                job,
                until: fixture.start,
                error: "storage_unavailable",
                countsAttempt: countsAttempt
            )
        }
        let back = try #require(try await fixture.catalog.nextJobs(limit: 10, now: fixture.start).first)
        #expect(back.attempts == 0)
        #expect(back.delays == 2)
    }

    @Test func `a job that is removed stays away, and putting it off does not bring it back`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        try await fixture.catalog.removeJob(job)
        try await fixture.catalog.removeJob(job)
        try await fixture.catalog.postponeJob(job, until: fixture.start, error: "late", countsAttempt: true)
        try await fixture.catalog.releaseJob(job)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == nil)
        #expect(try await fixture.catalog.attachment(id: attachment.id) != nil)
    }

    @Test func `a death of the worker is counted when the job is put off, and survives later readings`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        var job = try #require(try await fixture.commit(attachment))
        #expect(job.workerDeaths == 0)
        for (countsDeath, deaths) in [(true, 1), (false, 1), (true, 2)] {
            try await fixture.catalog.postponeJob(
                job,
                until: fixture.start,
                error: "crashed",
                countsAttempt: true,
                countsWorkerDeath: countsDeath
            )
            let stored = try await fixture.catalog.job(attachmentID: attachment.id, kind: .process)
            job = try #require(stored)
            #expect(job.workerDeaths == deaths)
        }
        try await fixture.catalog.releaseJob(job)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process)?.workerDeaths == 2)
    }

    @Test func `one job of each uploader comes before the second of any`() async throws {
        let fixture = try await CatalogFixture()
        var jobs: [String: [Int64]] = [:]
        for (index, user) in ["ann", "ann", "ann", "bob", "ann", "bob"].enumerated() {
            var attachment = fixture.attachment(uploadedBy: user)
            attachment.uploadedAt = fixture.start.addingTimeInterval(Double(index))
            let job = try #require(try await fixture.commit(attachment))
            jobs[user, default: []].append(job.id)
        }
        let gone = fixture.attachment(status: .ready)
        try await fixture.commit(gone)
        let deletion = try await fixture.catalog.deleteAttachment(
            id: gone.id,
            activity: fixture.activity(.fileDeleted, of: gone)
        )
        let ann = try #require(jobs["ann"])
        let bob = try #require(jobs["bob"])
        let due = try await fixture.catalog.nextJobs(limit: 10, now: fixture.start.addingTimeInterval(60)).map(\.id)
        // The deletion was queued at the start, when ann's first was, and is ann's as well.
        let second = try #require(deletion?.job.id)
        #expect(due == [ann[0], bob[0], second, bob[1], ann[1], ann[2], ann[3]])
    }

    @Test func `keys with every kind of character survive in a deletion`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment(status: .ready)
        attachment.objectKey = "a/b+c %2F \"d\" \\e\u{7}\u{e9}\u{1F600}"
        try await fixture.commit(attachment)
        let deleted = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        #expect(deleted?.job.objectKeys == [attachment.objectKey])
    }

    @Test func `the activity log is read in pages, latest first`() async throws {
        let fixture = try await CatalogFixture()
        for number in 0..<5 {
            try await fixture.catalog.recordActivity(
                Activity(
                    userID: "user\(number)",
                    action: .fileDownloaded,
                    description: "number \(number)",
                    occurredAt: fixture.start
                )
            )
        }
        let first = try await fixture.catalog.activities(limit: 2)
        #expect(first.map(\.userID) == ["user4", "user3"])
        let second = try await fixture.catalog.activities(limit: 10, before: first.last?.id)
        #expect(second.map(\.userID) == ["user2", "user1", "user0"])
        #expect(try await fixture.catalog.activities(limit: 10, before: second.last?.id).isEmpty)
    }

    @Test func `a line of the activity log keeps every field`() async throws {
        let fixture = try await CatalogFixture()
        let written = fixture.activity(.fileDownloaded, of: fixture.attachment())
        try await fixture.catalog.recordActivity(written)
        let read = try #require(try await fixture.catalog.activities(limit: 1).first)
        #expect(
            read
                == Activity(
                    id: read.id,
                    userID: written.userID,
                    action: written.action,
                    description: written.description,
                    attachmentID: written.attachmentID,
                    clientAddress: written.clientAddress,
                    userAgent: written.userAgent,
                    occurredAt: written.occurredAt
                )
        )
        let code = try await errorCode {
            try await fixture.catalog.recordActivity(
                Activity(userID: "", action: .fileDeleted, description: "", occurredAt: fixture.start)
            )
        }
        #expect(code == .constraint)
    }
}
