import Catalog
import Foundation
import Testing

/// Files that wait for their scan, and whose objects are not in the storage.
struct MissingScanTests {
    private func held(_ fixture: CatalogFixture) async throws -> (attachment: CatalogAttachment, job: Job) {
        var attachment = fixture.attachment()
        attachment.hold = .scan
        return (attachment, try #require(try await fixture.commit(attachment)))
    }

    @Test func `the scan ends, the file fails, and is held all the same`() async throws {
        let targets = WebhookTargets([WebhookTargets.Receiver(name: "app")]) { _, _, _ in "{}" }
        let fixture = try await CatalogFixture(webhooks: targets)
        let (catalog, (attachment, job)) = (fixture.catalog, try await held(fixture))
        #expect(try await catalog.failScan(ofMissing: attachment.id, objectKey: "attachments/other", job: job) == false)
        #expect(try await catalog.attachment(id: attachment.id) == attachment)
        #expect(try await catalog.failScan(ofMissing: attachment.id, objectKey: attachment.objectKey, job: job))
        let failed = try #require(try await catalog.attachment(id: attachment.id))
        #expect(failed.status == .failed)
        #expect(failed.failureReason == "object_missing")
        #expect(failed.hold == .scan)
        #expect(try await catalog.job(id: job.id) == nil)
        let ended = try #require(try await catalog.endedJob(id: job.id))
        #expect(ended.outcome == .cancelled)
        #expect(ended.lastError?.hasPrefix("object_missing: ") == true)
        let told = try fetchTexts("SELECT type FROM webhook_event ORDER BY id", at: fixture.path)
        #expect(told == ["attachment.created", "attachment.failed"])
        let again = try await catalog.failScan(ofMissing: attachment.id, objectKey: attachment.objectKey, job: job)
        #expect(!again)
    }

    @Test(arguments: [false, true])
    func `what is there again is scanned before it is ready`(isRelinked: Bool) async throws {
        let fixture = try await CatalogFixture()
        let (catalog, (attachment, job)) = (fixture.catalog, try await held(fixture))
        #expect(try await catalog.failScan(ofMissing: attachment.id, objectKey: attachment.objectKey, job: job))
        if isRelinked {
            let objects = try await catalog.rowObjects(ofAttachments: [attachment.id])
            let object = try #require(objects[attachment.id]?.first)
            #expect(try await catalog.relink(object, to: "attachments/moved"))
            #expect(try await catalog.attachment(id: attachment.id)?.status == .processing)
        } else {
            _ = try await catalog.retryJob(id: job.id)
        }
        let again = try #require(try await catalog.job(attachmentID: attachment.id, kind: .scan))
        #expect(again.id == job.id)
        #expect(try await catalog.attachment(id: attachment.id)?.hold == .scan)
        let claimed = try await fixture.claimed(again)
        _ = try await catalog.passScan(attachmentID: attachment.id, job: claimed, needsMediaWork: false)
        let passed = try await catalog.attachment(id: attachment.id)
        #expect(passed?.status == .ready)
        #expect(passed?.hold == nil)
        #expect(passed?.failureReason == nil)
    }
    @Test func `what a migration brought stays at its source, though its first scan is forgotten`() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        var candidate = fixture.candidate()
        candidate.attachment.hold = .scan
        #expect(try await fixture.adopt(candidate) == .adopted)
        for key in candidate.attachment.objectKeys { #expect(try await fixture.arrive(key) == .moved) }
        let (id, key) = (candidate.attachment.id, candidate.attachment.objectKey)
        try await relink(id, to: "attachments/once", fixture)
        let first = try await fixture.claimed(try #require(try await catalog.job(attachmentID: id, kind: .scan)))
        #expect(try await catalog.failScan(ofMissing: id, objectKey: "attachments/once", job: first))
        try executeSQL("DELETE FROM job_history", at: fixture.path)
        try await relink(id, to: "attachments/again", fixture)

        let scan = try #require(try await catalog.job(attachmentID: id, kind: .scan))
        #expect(scan.id != first.id)
        #expect(scan.isOfMigrated)
        let failed = try await catalog.failScan(
            attachmentID: id,
            reason: "infected",
            isFinding: true,
            job: try await fixture.claimed(scan)
        )
        #expect(failed?.hold == .infected)
        #expect(try fixture.state(key) == .replaced)
        #expect(try await catalog.doomedPlaces(store: CatalogFixture.store, limit: 9) == [])
        let purges = try await catalog.nextJobs(kinds: [.purge], limit: 9)
        #expect(purges.flatMap(\.objectKeys).contains("attachments/again"))
    }

    @Test func `an upload is scanned as one, though its first scan is forgotten`() async throws {
        let fixture = try await CatalogFixture()
        let (catalog, (attachment, job)) = (fixture.catalog, try await held(fixture))
        #expect(try await catalog.failScan(ofMissing: attachment.id, objectKey: attachment.objectKey, job: job))
        try executeSQL("DELETE FROM job_history", at: fixture.path)
        try await relink(attachment.id, to: "attachments/moved", fixture)
        let scan = try #require(try await catalog.job(attachmentID: attachment.id, kind: .scan))
        #expect(scan.id != job.id)
        #expect(!scan.isOfMigrated)
        #expect(scan.userID == "ann")
    }

    /// The original is found under another key.
    private func relink(_ id: UUID, to key: String, _ fixture: CatalogFixture) async throws {
        let objects = try await fixture.catalog.rowObjects(ofAttachments: [id])
        let original = objects[id]?.first { $0.isOriginal }
        #expect(try await fixture.catalog.relink(try #require(original), to: key))
    }
}
