import Catalog
import Foundation
import Testing

struct ScanTests {
    private static let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { event, attachment, _ in
        "{\"type\":\"\(event.rawValue)\",\"reason\":\"\(attachment.failureReason ?? "-")\"}"
    }

    private func events(_ fixture: CatalogFixture) throws -> [String] {
        try fetchTexts(
            "SELECT type || ' ' || json_extract(body, '$.reason') FROM webhook_event ORDER BY id",
            at: fixture.path
        )
    }

    private func held(_ fixture: CatalogFixture) async throws -> (attachment: CatalogAttachment, job: Job) {
        var attachment = fixture.attachment()
        attachment.hold = .scan
        let job = try #require(try await fixture.commit(attachment))
        return (attachment, job)
    }

    @Test func `a file that is held is scanned before anything else is done with it`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let (attachment, job) = try await held(fixture)
        #expect(job.kind == .scan)
        #expect(job.isLeased)
        #expect(job.owner == fixture.catalog.runnerToken)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == nil)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try events(fixture) == ["attachment.created -"])
    }

    @Test func `a file that passes is ready at once, or goes on to its media work`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let (paper, scan) = try await held(fixture)
        let ready = try await fixture.catalog.passScan(attachmentID: paper.id, job: scan, needsMediaWork: false)
        #expect(ready?.attachment.status == .ready)
        #expect(ready?.attachment.hold == nil)
        #expect(ready?.work == nil)
        #expect(try events(fixture) == ["attachment.created -", "attachment.ready -"])
        #expect(try await fixture.catalog.endedJob(id: scan.id)?.outcome == .done)

        let (video, second) = try await held(fixture)
        let passed = try await fixture.catalog.passScan(attachmentID: video.id, job: second, needsMediaWork: true)
        #expect(passed?.attachment.status == .processing)
        #expect(passed?.attachment.hold == nil)
        let work = try #require(passed?.work)
        #expect(work.kind == .process)
        #expect(work.isLeased)
        #expect(work.owner == fixture.catalog.runnerToken)
        // Whoever scans it as well, because a lease was over, changes nothing, unless that finds something.
        let again = try await fixture.catalog.passScan(attachmentID: video.id, job: second, needsMediaWork: true)
        #expect(again?.work == nil)
        let late = try await fixture.catalog.failScan(
            attachmentID: video.id,
            reason: "scan_too_large",
            isFinding: false,
            job: second
        )
        #expect(late?.status == .processing)
    }

    @Test func `a file that does not pass fails, and its object is nobody's any more`() async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let (attachment, scan) = try await held(fixture)
        #expect(try await fixture.catalog.referencedObjectKeys(among: [attachment.objectKey]) == [attachment.objectKey])
        let failed = try #require(
            try await fixture.catalog.failScan(
                attachmentID: attachment.id,
                reason: "infected",
                isFinding: true,
                job: scan
            )
        )
        #expect(failed.hold == .infected)
        #expect(failed.status == .failed)
        #expect(failed.failureReason == "infected")
        #expect(try await fixture.catalog.referencedObjectKeys(among: [attachment.objectKey]) == [])
        let purges = try await fixture.catalog.nextJobs(limit: 10).filter { $0.kind == .purge }
        #expect(purges.map(\.objectKeys) == [[attachment.objectKey]])
        #expect(try events(fixture) == ["attachment.created -", "attachment.failed infected"])
        let ended = try await fixture.catalog.endedJob(id: scan.id)
        #expect(ended?.outcome == .failed)
        #expect(ended?.lastError == "infected")
        // The row stays, and nothing brings it back into view.
        let row = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann")
        #expect(row?.attachment == failed)
        #expect(try await fixture.catalog.requestProcessing(attachmentID: attachment.id) == failed)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == nil)
        #expect(try await fixture.catalog.revokeConversation(id: fixture.conversationID) == 0)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .revoke) == nil)
    }

    @Test(arguments: [("infected", PurgeCause.infected), ("scan_too_large", .scanTooLarge)])
    func `the purge of what does not pass is in the log once, with its cause`(
        reason: String,
        cause: PurgeCause
    )
        async throws
    {
        let fixture = try await CatalogFixture()
        let (attachment, scan) = try await held(fixture)
        for _ in 0..<2 {
            _ = try await fixture.catalog.failScan(
                attachmentID: attachment.id,
                reason: reason,
                isFinding: cause == .infected,
                job: scan,
                at: fixture.start
            )
        }
        let purges = try await fixture.catalog.activities(limit: 9).filter { $0.action == .filePurged }
        #expect(purges.count == 1)
        let line = try #require(purges.first)
        #expect(line.cause == cause)
        #expect(line.userID == "ann")
        #expect(line.attachmentID == attachment.id)
        #expect(line.objectKey == nil)
        #expect(line.occurredAt == fixture.start)
        #expect(line.description.hasPrefix("Purged \(attachment.fileName): "))
    }

    @Test(arguments: [false, true])
    func `the end of the note that is left is not logged as another purge`(endsWithMessage: Bool) async throws {
        let fixture = try await CatalogFixture()
        let (attachment, scan) = try await held(fixture)
        _ = try await fixture.catalog.failScan(
            attachmentID: attachment.id,
            reason: "infected",
            isFinding: true,
            job: scan
        )
        if endsWithMessage {
            #expect(try await fixture.catalog.deleteMessage(id: attachment.messageID))
        } else {
            let deletion = fixture.activity(.fileDeleted, of: attachment)
            #expect(try await fixture.catalog.deleteAttachment(id: attachment.id, activity: deletion) != nil)
        }
        #expect(try await fixture.catalog.attachment(id: attachment.id) == nil)
        let purges = try await fixture.catalog.activities(limit: 9).filter { $0.action == .filePurged }
        #expect(purges.map(\.cause) == [.infected])
    }

    @Test(arguments: [false, true])
    func `what one process finds counts, whatever another that had the job says`(hasPassed: Bool) async throws {
        let fixture = try await CatalogFixture(webhooks: Self.targets)
        let server = try Catalog.open(path: fixture.path, webhooks: Self.targets)
        let (attachment, scan) = try await held(fixture)
        let later = Date(timeIntervalSinceNow: 60)
        let other = try #require(try await server.claimJob(scan, leaseUntil: later, now: .distantFuture))
        let stale = try await errorCode {
            _ = try await fixture.catalog.passScan(attachmentID: attachment.id, job: scan, needsMediaWork: false)
        }
        #expect(stale == .lostJob)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        // The finding is that of the one which has the job, or of the one which had it.
        var (catalog, finder) = (server, other)
        if hasPassed {
            let passed = try await server.passScan(attachmentID: attachment.id, job: other, needsMediaWork: true)
            #expect(passed?.attachment.hold == nil)
            (catalog, finder) = (fixture.catalog, scan)
        }
        for _ in 0..<2 {
            let failed = try await catalog.failScan(
                attachmentID: attachment.id,
                reason: "infected",
                isFinding: true,
                job: finder
            )
            #expect(failed?.hold == .infected)
            #expect(failed?.status == .failed)
        }
        let jobs = try await catalog.nextJobs(limit: 10, now: .distantFuture).filter { $0.kind != .webhook }
        #expect(jobs.map(\.objectKeys) == [[attachment.objectKey]])
        #expect(try events(fixture) == ["attachment.created -", "attachment.failed infected"])
        let scans = try await catalog.endedJobs(kind: .scan, limit: 9).map(\.outcome)
        #expect(scans == [hasPassed ? .done : .failed])
        #expect(try await catalog.endedJobs(kind: .process, limit: 9).map(\.outcome) == (hasPassed ? [.cancelled] : []))
    }

    @Test func `a scan that ends after the deletion finds nothing`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, scan) = try await held(fixture)
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let passed = try await fixture.catalog.passScan(
            attachmentID: attachment.id,
            job: scan,
            needsMediaWork: false
        )
        #expect(passed == nil)
        #expect(
            try await fixture.catalog.failScan(
                attachmentID: attachment.id,
                reason: "infected",
                isFinding: true,
                job: scan
            ) == nil
        )
    }

    @Test func `what was found in a file that had passed by another's word counts in the trash, too`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, scan) = try await held(fixture)
        let passed = try await fixture.catalog.passScan(attachmentID: attachment.id, job: scan, needsMediaWork: false)
        #expect(passed?.attachment.hold == nil)
        let terms = DeletionTerms(retention: 86_400, revokesURLs: false, userID: "ann")
        _ = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment),
            terms: terms
        )
        #expect(try fixture.catalog.trashed(id: attachment.id) != nil)
        let failed = try await fixture.catalog.failScan(
            attachmentID: attachment.id,
            reason: "infected",
            isFinding: true,
            job: scan
        )
        #expect(failed == nil)
        #expect(try fixture.catalog.trashed(id: attachment.id) == nil)
        let purges = try await fixture.catalog.nextJobs(kinds: [.purge], limit: 9)
        #expect(purges.map(\.objectKeys) == [[attachment.objectKey]])
        let log = try await fixture.catalog.activities(limit: 9)
        #expect(log.map(\.cause) == [.infected, nil, nil])
    }

    @Test func `the note of a file that did not pass waits in no old place, and another storage takes nothing along`()
        async throws
    {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.settleStorage(current: "s3:before", source: nil)
        let (attachment, scan) = try await held(fixture)
        _ = try await fixture.catalog.failScan(
            attachmentID: attachment.id,
            reason: "infected",
            isFinding: true,
            job: scan
        )
        let kept = fixture.attachment(status: .ready)
        try await fixture.commit(kept)
        try fixture.catalog.close()
        let exclusive = try Catalog.open(path: fixture.path, exclusively: true)
        #expect(
            try await exclusive.settleStorage(current: "s3:after", source: "s3:before") == .placed(objects: 1)
        )
        #expect(
            try fetchTexts("SELECT object_key FROM old_place WHERE state = 'waiting'", at: fixture.path)
                == [kept.objectKey]
        )
        try exclusive.close()
    }

    @Test func `the object of a file that did not pass is not looked for in another bucket`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, scan) = try await held(fixture)
        #expect(try await fixture.catalog.storedSample(limit: 9).map(\.objectKey) == [attachment.objectKey])
        _ = try await fixture.catalog.failScan(
            attachmentID: attachment.id,
            reason: "scan_too_large",
            isFinding: false,
            job: scan
        )
        let kept = fixture.attachment(status: .ready)
        try await fixture.commit(kept)
        #expect(try await fixture.catalog.storedSample(limit: 9).map(\.objectKey) == [kept.objectKey])
    }
}
