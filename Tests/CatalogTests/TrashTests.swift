import Foundation
import TestSupport
import Testing

@testable import Catalog

/// Deleted attachments that can be restored.
struct TrashTests {
    private let day: TimeInterval = 86_400

    private func terms(revoking: Bool = false) -> DeletionTerms {
        DeletionTerms(retention: 3 * day, revokesURLs: revoking, userID: "bob")
    }

    /// A video that is ready, with a thumbnail and a preview.
    private func commitVideo(_ fixture: CatalogFixture) async throws -> CatalogAttachment {
        var attachment = fixture.attachment(status: .ready)
        let key = attachment.objectKey
        attachment.renditions = [
            .sample("thumbnail", "\(key).thumbnail.jpg"), .sample("preview", "\(key).preview.jpg"),
        ]
        attachment.durationMilliseconds = 1_234
        attachment.frameRate = 29.97
        attachment.isVariableFrameRate = true
        attachment.capturedAt = "2025-01-15T10:30:00+02:00"
        attachment.replacedBy = "720p"
        try await fixture.commit(attachment)
        return attachment
    }

    private func discard(
        _ attachment: CatalogAttachment,
        _ fixture: CatalogFixture,
        revoking: Bool = false
    ) async throws -> TrashedAttachment? {
        let outcome = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment),
            terms: terms(revoking: revoking)
        )
        guard case .trashed(let trashed) = outcome else { return nil }
        return trashed
    }

    private func restore(_ attachment: CatalogAttachment, _ fixture: CatalogFixture) async throws -> RestoreOutcome {
        try await fixture.catalog.restoreAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileRestored, of: attachment)
        )
    }

    @Test func `what is deleted is nowhere, refers to its objects still, and comes back as it was`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        let trashed = try #require(try await discard(attachment, fixture))
        #expect(trashed.attachment == attachment)
        #expect(trashed.conversationID == fixture.conversationID)
        #expect(trashed.deletedBy == "bob")
        #expect(trashed.purgeAfter == fixture.start.addingTimeInterval(259_200))
        let catalog = fixture.catalog
        #expect(try await catalog.attachment(id: attachment.id) == nil)
        #expect(try await catalog.attachmentWithMembership(id: attachment.id, userID: "ann") == nil)
        #expect(try await catalog.attachments(messageID: fixture.message.id).isEmpty)
        #expect(try await catalog.jobCount(kind: .purge) == 0)
        #expect(try await catalog.referencedObjectKeys(among: attachment.objectKeys) == Set(attachment.objectKeys))
        #expect(try catalog.usage(ofUser: "ann") == StorageUsage(files: 0, bytes: 0))
        #expect(try await catalog.trashUsage() == StoredAmount(files: 1, bytes: 52_428_800))
        #expect(try await catalog.trashUsage(of: .user("bob")) == StoredAmount())
        #expect(try await restore(attachment, fixture) == .restored(attachment))
        #expect(try await catalog.attachmentWithMembership(id: attachment.id, userID: "ann")?.attachment == attachment)
        #expect(try catalog.usage(ofUser: "ann") == StorageUsage(files: 1, bytes: 52_428_800))
        #expect(try await catalog.trashUsage() == StoredAmount())
        #expect(try await restore(attachment, fixture) == .notTrashed)
        let actions = try await catalog.activities(limit: 10).map(\.action)
        #expect(actions == [.fileRestored, .fileDeleted, .fileUploaded])
        #expect(try fetchTexts("SELECT object_key FROM trash_object", at: fixture.path) == [])
    }

    @Test func `the cache does not know what was deleted, nor lacks what was restored`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        #expect(try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann") != nil)
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms()))
        #expect(try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann") == nil)
        #expect(try await restore(attachment, fixture) == .messageGone)
        try await fixture.catalog.putMessage(fixture.message)
        #expect(try await restore(attachment, fixture) == .restored(attachment))
        #expect(try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann") != nil)
    }

    @Test func `a message of another conversation is not the attachment's`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms()))
        let other = UUID.version7()
        try await fixture.catalog.putConversation(id: other)
        try await fixture.catalog.putMessage(
            Message(id: fixture.message.id, conversationID: other, senderID: "ann", createdAt: fixture.start)
        )
        #expect(try await restore(attachment, fixture) == .messageGone)
        #expect(try fixture.catalog.trashed(id: attachment.id) != nil)
    }

    @Test func `work that was to be done goes on after a restoration, and that under way is over`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let processing = try #require(try await fixture.commit(attachment))
        _ = try #require(try await discard(attachment, fixture))
        #expect(try await fixture.catalog.jobCount(kind: .process) == 0)
        // The worker ends: what it made is nobody's.
        let thumbnail = Rendition.sample("thumbnail", "\(attachment.objectKey).thumbnail.jpg")
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(renditions: [thumbnail]),
            job: processing
        )
        #expect(finished == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 9).map(\.objectKeys) == [[thumbnail.objectKey]])
        #expect(try await restore(attachment, fixture) == .restored(attachment))
        let job = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process))
        #expect(job.id != processing.id)
        #expect(job.userID == "ann")
    }

    @Test func `the retention over, rows go in lots, each is logged, and objects are deleted by jobs`() async throws {
        let fixture = try await CatalogFixture()
        var keys: Set<String> = []
        for _ in 0..<5 { keys.formUnion(try await commitVideo(fixture).objectKeys) }
        #expect(
            try await fixture.catalog.deleteConversation(id: fixture.conversationID, terms: terms(), at: fixture.start)
        )
        let end = fixture.start.addingTimeInterval(3 * day)
        #expect(try await fixture.catalog.purgeTrash(limit: 9, now: end.addingTimeInterval(-0.001)) == 0)
        #expect(try await fixture.catalog.purgeTrash(limit: 3, now: end) == 3)
        #expect(try await fixture.catalog.purgeTrash(limit: 3, now: end) == 2)
        #expect(try await fixture.catalog.purgeTrash(limit: 3, now: end) == 0)
        let jobs = try await fixture.catalog.nextJobs(limit: 9, now: end)
        #expect(jobs.map(\.kind) == [.purge, .purge])
        #expect(Set(jobs.flatMap(\.objectKeys)) == keys)
        let purges = try await fixture.catalog.activities(limit: 99).filter { $0.action == .filePurged }
        #expect(purges.count == 5)
        #expect(purges.allSatisfy { $0.userID == "bob" && $0.description == "Purged Füße + 100%.mp4" })
        #expect(purges.allSatisfy { $0.cause == .retentionOver })
    }

    @Test func `a thousand keys and more are purged in jobs of five hundred`() async throws {
        let fixture = try await CatalogFixture()
        for _ in 0..<400 { _ = try await commitVideo(fixture) }
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms(), at: fixture.start))
        #expect(try await fixture.catalog.purgeTrash(limit: 1000) == 400)
        let jobs = try await fixture.catalog.nextJobs(limit: 9)
        #expect(jobs.map(\.objectKeys.count) == [500, 500, 200])
    }

    @Test func `nothing is deleted that something refers to`() async throws {
        let fixture = try await CatalogFixture()
        let kept = try await commitVideo(fixture)
        let trashed = try await commitVideo(fixture)
        let gone = try await commitVideo(fixture)
        _ = try #require(try await discard(trashed, fixture))
        let intent = fixture.intent(for: fixture.attachment())
        try await fixture.catalog.insertIntent(intent)
        let deleted = try #require(
            try await fixture.catalog.deleteAttachment(
                id: gone.id,
                activity: fixture.activity(.fileDeleted, of: gone)
            )
        )
        #expect(try await fixture.catalog.unreferencedKeys(of: deleted.job) == gone.objectKeys)
        let job = Job(
            id: 99,
            kind: .purge,
            attachmentID: nil,
            objectKeys: kept.objectKeys + trashed.objectKeys + [intent.objectKey] + gone.objectKeys,
            attempts: 0,
            delays: 0,
            isLeased: false,
            runAfter: fixture.start,
            lastError: nil,
            createdAt: fixture.start
        )
        #expect(try await fixture.catalog.unreferencedKeys(of: job) == gone.objectKeys)
        let held = try await fixture.catalog.heldKeys(among: job.objectKeys + ["attachments/other"])
        #expect(held == Set(job.objectKeys))
    }

    @Test func `the trash is read in pages, the latest deletion first, and by what is asked for`() async throws {
        let fixture = try await CatalogFixture()
        var ids: [UUID] = []
        for number in 0..<5 {
            let attachment = try await commitVideo(fixture)
            let deletion = Activity(
                userID: "bob",
                action: .fileDeleted,
                description: "",
                occurredAt: fixture.start.addingTimeInterval(TimeInterval(number / 2))
            )
            _ = try await fixture.catalog.discardAttachment(id: attachment.id, activity: deletion, terms: terms())
            ids.append(attachment.id)
        }
        let all = try await fixture.catalog.trash(limit: 9)
        #expect(Set(all.map(\.attachment.id)) == Set(ids))
        #expect(all.map(\.deletedAt) == all.map(\.deletedAt).sorted(by: >))
        var read: [UUID] = []
        var position: TrashPosition?
        while let page = try await Optional(fixture.catalog.trash(after: position, limit: 2)), let last = page.last {
            read += page.map(\.attachment.id)
            position = TrashPosition(of: last)
        }
        #expect(read == all.map(\.attachment.id))
        #expect(try await fixture.catalog.trash(TrashFilter(deletedBy: "ann"), limit: 9).isEmpty)
        #expect(try await fixture.catalog.trash(TrashFilter(messageID: UUID()), limit: 9).isEmpty)
        let filter = TrashFilter(
            conversationID: fixture.conversationID,
            messageID: fixture.message.id,
            deletedBy: "bob"
        )
        #expect(try await fixture.catalog.trash(filter, limit: 9).count == 5)
    }

    @Test func `what does not fit into a quota any more stays in the trash`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        _ = try #require(try await discard(attachment, fixture))
        let activity = fixture.activity(.fileRestored, of: attachment)
        let code = try await errorCode {
            _ = try await fixture.catalog.restoreAttachment(
                id: attachment.id,
                activity: activity,
                quotas: StorageQuotas(userBytes: 52_428_799)
            )
        }
        #expect(code == .quotaExceeded)
        #expect(try fixture.catalog.trashed(id: attachment.id) != nil)
        let outcome = try await fixture.catalog.restoreAttachment(
            id: attachment.id,
            activity: activity,
            quotas: StorageQuotas(userBytes: 52_428_800)
        )
        #expect(outcome == .restored(attachment))
    }

    @Test func `a deletion beside restorations keeps what the terms keep`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 { _ = try await discard(attachment, fixture) }
                }
                group.addTask {
                    for _ in 0..<50 { _ = try await restore(attachment, fixture) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        if try await fixture.catalog.attachment(id: attachment.id) == nil {
            #expect(try await restore(attachment, fixture) == .restored(attachment))
        }
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        // One that is in the trash already is not deleted once more.
        _ = try #require(try await discard(attachment, fixture))
        #expect(try await discard(attachment, fixture) == nil)
        #expect(try fixture.catalog.trashed(id: attachment.id) != nil)
    }

    @Test(arguments: ["scan", "infected"])
    func `what is held back is never kept`(hold: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commitVideo(fixture)
        try executeSQL("UPDATE attachment SET hold = '\(hold)'", at: fixture.path)
        let outcome = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment),
            terms: terms()
        )
        guard case .deleted(let deleted) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(deleted.job.objectKeys == attachment.objectKeys)
        let other = try await commitVideo(fixture)
        try executeSQL("UPDATE attachment SET hold = '\(hold)'", at: fixture.path)
        #expect(try await fixture.catalog.deleteMessage(id: fixture.message.id, terms: terms()))
        #expect(try fixture.catalog.trashed(id: other.id) == nil)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 2)
    }

    @Test func `one is purged on demand, by whoever wanted it`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, other) = (try await commitVideo(fixture), try await commitVideo(fixture))
        for deleted in [attachment, other] { _ = try #require(try await discard(deleted, fixture)) }
        let job = try #require(try await fixture.catalog.purgeTrashed(id: attachment.id, by: "backend"))
        #expect(Set(job.objectKeys) == Set(attachment.objectKeys))
        #expect(try await fixture.catalog.purgeTrashed(id: attachment.id, by: "backend") == nil)
        #expect(try fixture.catalog.trashed(id: other.id) != nil)
        #expect(try await fixture.catalog.activities(limit: 1).map(\.userID) == ["backend"])
    }
}
