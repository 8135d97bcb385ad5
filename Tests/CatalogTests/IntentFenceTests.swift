import Catalog
import Foundation
import TestSupport
import Testing

/// A process that was taken for dead goes on: what it stored is deleted by then, so that nothing may come to refer to it.
struct IntentFenceTests {
    /// What is lost while the process is silent, and what it is told.
    enum Loss: CaseIterable {
        case intentTaken, intentGone, job

        var code: CatalogError.Code { self == .job ? .lostJob : .missingIntent }
    }

    /// All that a refused end could have changed.
    func state(_ fixture: CatalogFixture) throws -> [String] {
        let tables = [
            "SELECT id || object_key || status FROM attachment ORDER BY id",
            "SELECT attachment_id || name || object_key FROM rendition ORDER BY object_key",
            "SELECT id || kind || leased || coalesce(owner, '') || attempts || object_keys FROM job ORDER BY id",
            "SELECT id || object_key || owner FROM upload_intent ORDER BY id",
            "SELECT id || record || is_revoking FROM trash ORDER BY id",
            "SELECT object_key FROM trash_object ORDER BY object_key",
            "SELECT id || outcome FROM job_history ORDER BY id",
        ]
        return try tables.flatMap { try fetchTexts($0, at: fixture.path) }
    }

    /// Has another process take the first of the fixture's intents, or the job, and then the fixture's process finish.
    func expectRefusal(
        _ fixture: CatalogFixture,
        of job: Job? = nil,
        for loss: Loss,
        when finish: () async throws -> Void
    ) async throws {
        let server = try Catalog.open(path: fixture.path)
        let later = Date(timeIntervalSinceNow: 3600)
        if loss == .job {
            let job = try #require(job)
            let queued = try #require(try await fixture.catalog.job(id: job.id))
            #expect(try await server.claimJob(queued, leaseUntil: later, now: .distantFuture) != nil)
        } else {
            let intent = try #require(try await fixture.catalog.intents().first)
            #expect(try await server.takeIntent(id: intent.id, at: later) == intent)
            if loss == .intentGone { #expect(try await server.removeIntent(id: intent.id)) }
        }
        let before = try state(fixture)
        #expect(try await errorCode { try await finish() } == loss.code)
        #expect(try state(fixture) == before)
    }

    private func copies(_ fixture: CatalogFixture, of attachment: CatalogAttachment) async throws -> [String: String] {
        let copies = Dictionary(uniqueKeysWithValues: attachment.objectKeys.map { ($0, "copy/\($0)") })
        try await fixture.catalog.insertIntents(
            copies.values.map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: fixture.start) }
        )
        return copies
    }

    func ready(_ fixture: CatalogFixture) async throws -> CatalogAttachment {
        var attachment = fixture.attachment(status: .ready)
        attachment.renditions = [.sample("thumbnail", "\(attachment.objectKey).thumbnail.jpg")]
        try await fixture.commit(attachment)
        return attachment
    }

    @Test(arguments: Loss.allCases)
    func `no attachment refers to copies that may be deleted, and its objects stay`(loss: Loss) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        guard case .begun(let job) = try await fixture.catalog.requestRevocation(attachmentID: attachment.id) else {
            Issue.record("the revocation was not begun")
            return
        }
        let copies = try await copies(fixture, of: attachment)
        try await expectRefusal(fixture, of: job, for: loss) {
            _ = try await fixture.catalog.finishRevocation(of: attachment, copies: copies, job: job)
        }
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
    }

    @Test(arguments: [Loss.intentTaken, .intentGone])
    func `nothing in the trash refers to copies that may be deleted, and its objects stay`(loss: Loss) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await ready(fixture)
        _ = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment),
            terms: DeletionTerms(retention: 1000, revokesURLs: true)
        )
        let copies = try await copies(fixture, of: attachment)
        try await expectRefusal(fixture, for: loss) {
            _ = try await fixture.catalog.finishTrashRevocation(of: attachment, copies: copies)
        }
        #expect(try fixture.catalog.trashed(id: attachment.id)?.attachment == attachment)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
    }

    @Test(arguments: Loss.allCases)
    func `no picture has a row without an object`(loss: Loss) async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let pictures: [Rendition] = [.sample("thumbnail", "a/t.jpg"), .sample("preview", "a/p.jpg")]
        try await fixture.catalog.insertIntents(fixture.intents(for: pictures))
        try await expectRefusal(fixture, of: job, for: loss) {
            _ = try await fixture.catalog.finishProcessing(
                attachmentID: attachment.id,
                outcome: MediaOutcome(renditions: pictures),
                job: job
            )
        }
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
    }

    @Test(arguments: Loss.allCases)
    func `no rendition has a row without an object, and the earlier one stays`(loss: Loss) async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let processing = try #require(try await fixture.commit(attachment))
        let request = RenditionRequest(kind: .transcode, name: "720p")
        _ = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(requests: [request]),
            job: processing
        )
        let queued = try #require(try await fixture.catalog.nextJobs(kinds: [.transcode], limit: 1).first)
        let job = try await fixture.claimed(queued)
        let made: [Rendition] = [.sample("720p", "a/720p.mp4"), .sample("720pindex", "a/720p.json")]
        try await fixture.catalog.insertIntents(fixture.intents(for: made))
        try await expectRefusal(fixture, of: job, for: loss) {
            _ = try await fixture.catalog.recordRenditions(made, attachmentID: attachment.id, job: job)
        }
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.renditions == [])
    }

    @Test func `an upload whose intent another has taken is not committed`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        try await expectRefusal(fixture, for: .intentTaken) {
            _ = try await fixture.catalog.commitUpload(
                attachment: attachment,
                activity: fixture.activity(.fileUploaded, of: attachment)
            )
        }
        let code = try await errorCode {
            try await fixture.catalog.setIntentUploadID(id: attachment.id, uploadID: "late")
        }
        #expect(code == .missingIntent)
        #expect(try await fixture.catalog.removeIntent(id: attachment.id) == false)
    }

    @Test func `an intent is taken from the dead alone, and by a worker from nobody`() async throws {
        let fixture = try await CatalogFixture()
        let server = try Catalog.open(path: fixture.path)
        try await fixture.catalog.registerRunner(.work, processID: 2, at: fixture.start)
        let intent = fixture.intent(for: fixture.attachment())
        try await fixture.catalog.insertIntent(intent)
        let (soon, later) = (fixture.start.addingTimeInterval(120), fixture.start.addingTimeInterval(121))
        #expect(try await server.takeIntent(id: intent.id, at: soon) == nil)
        #expect(try await server.takeIntent(id: intent.id, onlyOwn: true, at: later) == nil)
        #expect(try await fixture.catalog.takeIntent(id: intent.id, onlyOwn: true, at: later) == intent)
        #expect(try await server.takeIntent(id: intent.id, at: later) == intent)
        #expect(try await fixture.catalog.takeIntent(id: intent.id, onlyOwn: true, at: later) == nil)
        #expect(try await server.takeIntent(id: UUID(), at: later) == nil)
        // From before intents named their process.
        try executeSQL("UPDATE upload_intent SET owner = NULL", at: fixture.path)
        #expect(try await fixture.catalog.takeIntent(id: intent.id, onlyOwn: true, at: later) == nil)
        #expect(try await server.takeIntent(id: intent.id, at: later) == intent)
    }
}
