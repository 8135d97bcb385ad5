import Catalog
import Foundation
import TestSupport
import Testing

/// What becomes of the jobs of attachments that are deleted, or whose object is missing.
struct JobEndingTests {
    private let deleted = "The attachment was deleted."
    private let trashed = "The attachment was deleted; what was still to be done is queued anew when it is restored."

    private func queue(_ kind: JobKind, _ name: String = "", of attachment: CatalogAttachment, at path: String) throws {
        try executeSQL(
            """
            INSERT INTO job (kind, name, attachment_id, user_id, object_keys, attempts, delays, leased, run_after, created_at)
            VALUES ('\(kind.rawValue)', '\(name)', '\(attachment.id.uuidString.lowercased())', 'ann', '[]', 0, 0, 0, 0, 0)
            """,
            at: path
        )
    }

    // MARK: - Deletion

    @Test(arguments: ["attachment", "message", "conversation"], [0.0, 1000])
    func `the jobs of what is deleted are in the history, with why`(what: String, retention: TimeInterval) async throws
    {
        let fixture = try await CatalogFixture()
        let (attachment, other) = (fixture.attachment(), fixture.attachment())
        let job = try #require(try await fixture.commit(attachment))
        let another = try #require(try await fixture.commit(other))
        try queue(.transcode, "720p", of: attachment, at: fixture.path)
        let end = fixture.start.addingTimeInterval(60)
        let terms = DeletionTerms(retention: retention)
        switch what {
        case "attachment":
            let activity = Activity(userID: "ann", action: .fileDeleted, description: "", occurredAt: end)
            #expect(
                try await fixture.catalog.discardAttachment(id: attachment.id, activity: activity, terms: terms) != nil
            )
        case "message":
            #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms, at: end))
        default:
            #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms, at: end))
        }
        let ended = try await fixture.catalog.endedJobs(attachmentID: attachment.id, limit: 9)
        #expect(ended.map(\.kind) == [.transcode, .process])
        #expect(ended.map(\.name) == ["720p", ""])
        #expect(ended.allSatisfy { $0.outcome == .cancelled && $0.userID == "ann" && $0.endedAt == end })
        #expect(ended.allSatisfy { $0.lastError == (retention > 0 ? trashed : deleted) })
        #expect(ended.last?.id == job.id)
        #expect(ended.last?.createdAt == job.createdAt)
        #expect(try await fixture.catalog.job(id: job.id) == nil)
        #expect(try await fixture.catalog.job(id: another.id) == (what == "attachment" ? another : nil))
        guard case .subjectGone = try await fixture.catalog.retryJob(id: job.id) else {
            Issue.record("the job has no subject, and is queued")
            return
        }
    }

    @Test func `what is restored has its work under new numbers, and none twice`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let activity = fixture.activity(.fileDeleted, of: attachment)
        let terms = DeletionTerms(retention: 1000)
        _ = try await fixture.catalog.discardAttachment(id: attachment.id, activity: activity, terms: terms)
        _ = try await fixture.catalog.restoreAttachment(id: attachment.id, activity: activity)
        let resumed = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process))
        #expect(resumed.id != job.id)
        guard case .replaced(_, let other) = try await fixture.catalog.retryJob(id: job.id) else {
            Issue.record("the job is queued twice")
            return
        }
        #expect(other == resumed)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [0.0, 1000])
    func `ten thousand are deleted at once, with their jobs and what was left for URLs`(
        retention: TimeInterval
    )
        async throws
    {
        let fixture = try await CatalogFixture()
        let pattern = fixture.attachment(status: .ready)
        try await fixture.commit(pattern)
        let columns = try fetchTexts("SELECT name FROM pragma_table_info('attachment')", at: fixture.path)
        let values = columns.map { column in
            switch column {
            case "id": "printf('%08x-0000-7000-8000-%012x', i, i)"
            case "object_key": "printf('attachments/%08x-0000-7000-8000-%012x/original', i, i)"
            default: column
            }
        }
        let later = Int64(fixture.start.timeIntervalSince1970 * 1000) + 3_600_000
        try executeSQL(
            """
            BEGIN;
            INSERT INTO attachment (\(columns.joined(separator: ", ")))
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
            SELECT \(values.joined(separator: ", ")) FROM n, attachment;
            INSERT INTO job (kind, name, attachment_id, object_keys, attempts, delays, leased, run_after, created_at)
            SELECT 'transcode', '720p', id, '[]', 0, 0, 0, 0, 0 FROM attachment;
            INSERT INTO job (kind, object_keys, attempts, delays, leased, run_after, created_at)
            SELECT 'purge', json_array('attachments/' || id || '/before'), 0, 0, 0, \(later), 0 FROM attachment;
            COMMIT;
            """,
            at: fixture.path
        )
        let terms = DeletionTerms(retention: retention, revokesURLs: true)
        #expect(
            try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms, at: fixture.start)
        )
        let counts = try fetchTexts(
            """
            SELECT count(*) FROM job_history WHERE outcome = 'cancelled'
            UNION ALL SELECT count(*) FROM job WHERE kind = 'transcode'
            UNION ALL SELECT count(*) FROM job WHERE kind = 'purge' AND run_after = \(later)
            UNION ALL SELECT count(*) FROM trash
            """,
            at: fixture.path
        )
        #expect(counts == ["10000", "0", "0", retention > 0 ? "10000" : "0"])
        guard retention > 0 else { return }
        #expect(try await fixture.catalog.purgeTrash(limit: 10_000, now: .distantFuture) == 10_000)
        #expect(try fetchTexts("SELECT count(*) FROM trash", at: fixture.path) == ["0"])
    }

    @Test func `what a scan did not let pass is not worked on, nor queued again`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        attachment.hold = .scan
        let scan = try #require(try await fixture.commit(attachment))
        try queue(.process, of: attachment, at: fixture.path)
        let queued = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process))
        _ = try await fixture.catalog.failScan(
            attachmentID: attachment.id,
            reason: "infected",
            isFinding: true,
            job: scan
        )
        let ended = try #require(try await fixture.catalog.endedJob(id: queued.id))
        #expect(ended.outcome == .cancelled)
        #expect(ended.lastError == "The file did not pass the scan.")
        #expect(try await fixture.catalog.retryJob(id: queued.id) == .subjectGone(ended))
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.failureReason == "infected")
    }

    // MARK: - A missing object

    @Test func `the work on what is missing ends, and the end of its URLs does not`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        for (kind, name) in [(JobKind.import, ""), (.transcode, "720p"), (.render, "opus"), (.revoke, "")] {
            try queue(kind, name, of: attachment, at: fixture.path)
        }
        #expect(try await fixture.catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        let ended = try await fixture.catalog.endedJobs(outcome: .cancelled, limit: 9)
        #expect(Set(ended.map(\.kind)) == [.import, .transcode, .render])
        #expect(ended.allSatisfy { $0.lastError?.hasPrefix("object_missing: ") == true })
        #expect(try await fixture.catalog.nextJobs(limit: 9).map(\.kind) == [.revoke])
    }

    @Test(arguments: ["finishes", "fails", "is given up", "is put off"])
    func `a job under way that`(ends: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment, leaseUntil: Date(timeIntervalSinceNow: 60)))
        #expect(try await fixture.catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        let picture = Rendition.sample("thumbnail", "a/thumbnail.jpg")
        switch ends {
        case "finishes":
            let found = try await fixture.finishProcessing(
                attachmentID: attachment.id,
                outcome: MediaOutcome(renditions: [picture]),
                job: job
            )
            #expect(found?.failureReason == "object_missing")
            #expect(
                try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9).flatMap(\.objectKeys) == [
                    "a/thumbnail.jpg"
                ]
            )
        case "fails", "is given up":
            _ = try await fixture.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: ends == "fails" ? "invalid_data" : "processing_failed",
                facts: nil,
                job: job
            )
        default:
            try await fixture.catalog.postponeJob(job, until: Date(), error: "no such key", countsAttempt: true)
        }
        let marked = try await fixture.catalog.attachment(id: attachment.id)
        #expect(marked?.status == .failed)
        #expect(marked?.failureReason == "object_missing")
        #expect(marked?.renditions == [])
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .cancelled)
        #expect(try await fixture.catalog.job(id: job.id) == nil)
    }

    @Test func `a rendition under way of what is missing comes to nothing`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        try queue(.transcode, "720p", of: attachment, at: fixture.path)
        let queued = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .transcode))
        let job = try await fixture.claimed(queued)
        #expect(try await fixture.catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        #expect(try await fixture.catalog.goneJobs(among: [job.id]) == [job.id])
        let made = Rendition.sample("720p", "a/720p.mp4")
        #expect(try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job) == nil)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.failureReason == "object_missing")
    }

    @Test func `later work that comes to nothing leaves the reason, and one that knows better gives its own`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        #expect(try await fixture.catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        for (reason, expected) in [("processing_failed", "object_missing"), ("invalid_data", "invalid_data")] {
            #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
            let job = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .import))
            let failed = try await fixture.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: reason,
                facts: nil,
                job: try await fixture.claimed(job)
            )
            #expect(failed?.failureReason == expected)
        }
    }

    @Test(arguments: [AttachmentStatus.ready, .processing])
    func `what is found again goes on where it was`(status: AttachmentStatus) async throws {
        let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { _, _, _ in "{}" }
        let fixture = try await CatalogFixture(webhooks: targets)
        let (catalog, attachment) = (fixture.catalog, fixture.attachment(status: status))
        try await fixture.commit(attachment)
        if status == .ready { try queue(.transcode, "720p", of: attachment, at: fixture.path) }
        let kind: JobKind = status == .ready ? .transcode : .process
        let job = try #require(try await catalog.job(attachmentID: attachment.id, kind: kind))
        #expect(try await catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        let object = try #require(try await catalog.rowObjects(ofAttachments: [attachment.id])[attachment.id]?.first)
        #expect(try await catalog.relink(object, to: "attachments/moved"))
        let found = try await catalog.attachment(id: attachment.id)
        #expect(found?.status == status)
        #expect(found?.failureReason == nil)
        let resumed = try #require(try await catalog.job(attachmentID: attachment.id, kind: kind))
        #expect(resumed.id == job.id)
        #expect(resumed.attempts == 0)
        let told = try fetchTexts("SELECT type FROM webhook_event ORDER BY id", at: fixture.path).suffix(1)
        #expect(told == [status == .ready ? "attachment.ready" : "attachment.failed"])
    }

    @Test func `what was ready, was to be processed again and is found again stays ready where that fails`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let (catalog, attachment) = (fixture.catalog, fixture.attachment())
        let first = try #require(try await fixture.commit(attachment))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(width: 640, height: 360), renditions: []),
            job: first
        )
        #expect(try await catalog.requestProcessing(attachmentID: attachment.id)?.status == .processing)
        #expect(try await catalog.markMissing(attachmentID: attachment.id, objectKey: attachment.objectKey))
        let object = try #require(try await catalog.rowObjects(ofAttachments: [attachment.id])[attachment.id]?.first)
        #expect(try await catalog.relink(object, to: "attachments/moved"))
        let again = try #require(try await catalog.job(attachmentID: attachment.id, kind: .process))
        let after = try await catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "timed_out",
            facts: nil,
            job: try await fixture.claimed(again)
        )
        #expect(after?.status == .ready)
        #expect(after?.failureReason == nil)
    }
}
