import Catalog
import Foundation
import TestSupport
import Testing

struct JobControlTests {
    /// A job of media work that nobody works on any more.
    private func job(in fixture: CatalogFixture) async throws -> (attachment: CatalogAttachment, job: Job) {
        let attachment = fixture.attachment()
        return (attachment, try #require(try await fixture.commit(attachment)))
    }

    @Test func `a job that waits is cancelled at once, and its attachment is failed`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, job) = try await job(in: fixture)
        guard case .ended(let ended) = try await fixture.catalog.cancelJob(id: job.id) else {
            Issue.record("the job did not end")
            return
        }
        #expect(ended.outcome == .cancelled)
        let failed = try await fixture.catalog.attachment(id: attachment.id)
        #expect(failed?.status == .failed)
        #expect(failed?.failureReason == "cancelled")
        #expect(try await fixture.catalog.cancelJob(id: job.id) == .over(ended))
        #expect(try await fixture.catalog.cancelJob(id: job.id + 1) == .notFound)
    }

    @Test(arguments: ["gives it back", "puts it off", "dies"])
    func `a job that runs ends when its process`(leaves: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let lease = Date(timeIntervalSinceNow: 60)
        let job = try #require(try await fixture.commit(attachment, leaseUntil: lease))
        guard case .requested(let told) = try await fixture.catalog.cancelJob(id: job.id) else {
            Issue.record("the job was not under way")
            return
        }
        #expect(told.isCancelled)
        #expect(try await fixture.catalog.cancelledJobs(among: [job.id, job.id + 1]) == [job.id])
        #expect(try await fixture.catalog.goneJobs(among: [job.id, job.id + 1]) == [job.id + 1])
        #expect(try await fixture.catalog.isCancelled(jobID: job.id))
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.status == .processing)
        switch leaves {
        case "gives it back": try await fixture.catalog.releaseJob(job)
        case "puts it off":
            try await fixture.catalog.postponeJob(job, until: Date(), error: "busy", countsAttempt: true)
        default:
            let later = lease.addingTimeInterval(1)
            #expect(
                try await fixture.catalog.claimJob(told, leaseUntil: later.addingTimeInterval(60), now: later) == nil
            )
        }
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .cancelled)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.failureReason == "cancelled")
    }

    @Test func `a job that is done before its process is told is done`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment, leaseUntil: Date(timeIntervalSinceNow: 60)))
        _ = try await fixture.catalog.cancelJob(id: job.id)
        let ready = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(), placeholder: nil),
            job: job
        )
        #expect(ready?.status == .ready)
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .done)
    }

    @Test func `deletions and ends of URLs cannot be cancelled`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        guard case .begun(let revocation) = try await fixture.catalog.requestRevocation(attachmentID: attachment.id)
        else {
            Issue.record("the revocation was not begun")
            return
        }
        #expect(try await fixture.catalog.cancelJob(id: revocation.id) == .refused(.revoke))
        let deleted = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let purge = try #require(deleted?.job)
        #expect(try await fixture.catalog.cancelJob(id: purge.id) == .refused(.purge))
        #expect(try await fixture.catalog.job(id: purge.id) == purge)
    }

    @Test func `a job that came to nothing is queued anew under its number, with all its attempts`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, job) = try await job(in: fixture)
        _ = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "invalid_data",
            facts: nil,
            job: job
        )
        let now = fixture.start.addingTimeInterval(50)
        guard case .due(let again) = try await fixture.catalog.retryJob(id: job.id, at: now) else {
            Issue.record("the job is not due")
            return
        }
        #expect(again.id == job.id)
        #expect(again.attempts == 0)
        #expect(again.workerDeaths == 0)
        #expect(again.lastError == nil, "that was of the attempts of before")
        #expect(again.runAfter == now)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: now) == [again])
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.status == .processing)
        #expect(try await fixture.catalog.endedJob(id: job.id) == nil)
    }

    @Test func `a job that was put off is due at once`() async throws {
        let fixture = try await CatalogFixture()
        let (_, job) = try await job(in: fixture)
        let late = fixture.start.addingTimeInterval(300)
        try await fixture.catalog.postponeJob(job, until: late, error: "storage_unavailable", countsAttempt: true)
        guard case .due(let due) = try await fixture.catalog.retryJob(id: job.id, at: fixture.start) else {
            Issue.record("the job is not due")
            return
        }
        #expect(due.runAfter == fixture.start)
        #expect(due.attempts == job.attempts)
    }

    @Test func `what is under way, done, without its subject or replaced is not done again`() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        let running = try #require(
            try await fixture.commit(fixture.attachment(), leaseUntil: Date(timeIntervalSinceNow: 60))
        )
        #expect(try await catalog.retryJob(id: running.id) == .running(running))

        let (_, done) = try await job(in: fixture)
        try await catalog.removeJob(done)
        let ended = try #require(try await catalog.endedJob(id: done.id))
        #expect(try await catalog.retryJob(id: done.id) == .done(ended))

        let (attachment, failed) = try await job(in: fixture)
        _ = try await catalog.endJob(failed, outcome: .failed)
        let history = try #require(try await catalog.endedJob(id: failed.id))
        let other = try #require(try await fixture.requeue(attachment))
        #expect(try await catalog.retryJob(id: failed.id) == .replaced(history, by: other))
        _ = try await catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        #expect(try await catalog.retryJob(id: failed.id) == .subjectGone(history))
        #expect(try await catalog.retryJob(id: 999_999) == .notFound)
    }

    @Test func `progress is told while a job runs, within its bounds, and forgotten when it is put off`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment, leaseUntil: Date(timeIntervalSinceNow: 60)))
        try await fixture.catalog.reportProgress(of: job, percent: 140, stage: "encoding")
        let told = JobProgress(kind: .process, name: "", percent: 100, stage: "encoding", state: .running)
        #expect(try fixture.catalog.progress(attachmentID: attachment.id) == [told])
        let later = Date(timeIntervalSinceNow: 60)
        try await fixture.catalog.postponeJob(job, until: later, error: "busy", countsAttempt: true)
        try await fixture.catalog.reportProgress(of: job, percent: 50, stage: "late")
        let delayed = JobProgress(kind: .process, name: "", percent: nil, stage: nil, state: .delayed)
        #expect(try fixture.catalog.progress(attachmentID: attachment.id) == [delayed])
    }

    @Test func `an attachment's events reach a receiver in their order`() async throws {
        let fixture = try await CatalogFixture()
        let id = UUID.version7().uuidString.lowercased()
        for number in 1...3 {
            try executeSQL(
                """
                INSERT INTO webhook_event (id, message_id, type, attachment_id, body, created_at)
                VALUES (\(number), 'm\(number)', 'attachment.created', '\(id)', '{}', 0);
                INSERT INTO job (kind, name, event_id, object_keys, attempts, delays, leased, run_after, created_at)
                VALUES ('webhook', 'one', \(number), '[]', 0, 0, 0, 0, 0),
                    ('webhook', 'two', \(number), '[]', 0, 0, 0, 0, 0);
                """,
                at: fixture.path
            )
        }
        func due() async throws -> [String] {
            try await fixture.catalog.nextJobs(kinds: [.webhook], limit: 10)
                .map { "\($0.name) \($0.eventID ?? 0)" }.sorted()
        }
        #expect(try await due() == ["one 1", "two 1"])
        let all = try await fixture.catalog.jobs(kind: .webhook, limit: 10)
        let second = try #require(all.first { $0.name == "one" && $0.eventID == 2 })
        let lease = Date(timeIntervalSinceNow: 60)
        #expect(try await fixture.catalog.claimJob(second, leaseUntil: lease) == nil)
        let first = try #require(all.first { $0.name == "one" && $0.eventID == 1 })
        _ = try await fixture.catalog.endJob(first, outcome: .dead, error: "410")
        #expect(try await due() == ["one 2", "two 1"])
        #expect(try await fixture.catalog.claimJob(second, leaseUntil: lease) != nil)
    }
}
