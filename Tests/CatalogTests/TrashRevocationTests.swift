import Catalog
import Foundation
import TestSupport
import Testing

/// URLs of deleted attachments, and their objects in old places.
struct TrashRevocationTests {
    private func discard(
        _ attachment: CatalogAttachment,
        _ fixture: CatalogFixture,
        revoking: Bool = false
    ) async throws {
        let outcome = try await fixture.catalog.discardAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment),
            terms: DeletionTerms(retention: 1000, revokesURLs: revoking)
        )
        guard case .trashed = outcome else { throw CatalogError(code: .other, message: "it is not in the trash") }
    }

    private func commit(_ fixture: CatalogFixture) async throws -> CatalogAttachment {
        var attachment = fixture.attachment(status: .ready)
        attachment.renditions = [.sample("thumbnail", "\(attachment.objectKey).thumbnail.jpg")]
        try await fixture.commit(attachment)
        return attachment
    }

    private func restore(_ attachment: CatalogAttachment, _ fixture: CatalogFixture) async throws -> RestoreOutcome {
        try await fixture.catalog.restoreAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileRestored, of: attachment)
        )
    }

    @Test func `copies take the place of a deleted attachment's objects, which are deleted then`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commit(fixture)
        try await discard(attachment, fixture, revoking: true)
        #expect(try await fixture.catalog.trashToRevoke(limit: 9).map(\.attachment) == [attachment])
        let copies = Dictionary(uniqueKeysWithValues: attachment.objectKeys.map { ($0, "copy/\($0)") })
        #expect(try await fixture.finishTrashRevocation(of: attachment, copies: copies))
        #expect(try await fixture.catalog.trashToRevoke(limit: 9).isEmpty)
        let jobs = try await fixture.catalog.nextJobs(limit: 9)
        #expect(jobs.flatMap(\.objectKeys) == attachment.objectKeys.sorted())
        let held = try await fixture.catalog.referencedObjectKeys(among: Array(copies.values) + attachment.objectKeys)
        #expect(held == Set(copies.values))
        // A second one that began before has copied objects that are not there any more.
        let late = copies.mapValues { "late/\($0)" }
        #expect(try await fixture.finishTrashRevocation(of: attachment, copies: late) == false)
        #expect(Set(try await fixture.catalog.nextJobs(limit: 9)[1].objectKeys) == Set(late.values))
        guard case .restored(let restored) = try await restore(attachment, fixture) else {
            Issue.record("it is not restored")
            return
        }
        #expect(restored.objectKeys == attachment.objectKeys.map { "copy/\($0)" })
        #expect(try await fixture.catalog.jobCount(kind: .revoke) == 0)
    }

    @Test func `one that fails waits twice as long each time, up to five minutes, and others have their turn`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let (failing, other) = (try await commit(fixture), try await commit(fixture))
        for attachment in [failing, other] { try await discard(attachment, fixture, revoking: true) }
        let catalog = fixture.catalog
        func due(_ now: Date, limit: Int = 9) async throws -> [UUID] {
            try await catalog.trashToRevoke(limit: limit, now: now).map(\.attachment.id)
        }
        var now = fixture.start
        for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] as [TimeInterval] {
            try await catalog.postponeTrashRevocation(id: failing.id, at: now)
            #expect(try await due(now.addingTimeInterval(pause - 0.001)) == [other.id])
            now.addTimeInterval(pause)
            #expect(try await due(now) == [other.id, failing.id])
            #expect(try await due(now, limit: 1) == [other.id])
        }
        // Who is removed meanwhile does not wait for it.
        try await catalog.postponeTrashRevocation(id: failing.id, at: now)
        _ = try await catalog.revokeConversation(id: fixture.conversationID, at: now)
        #expect(try await due(now).contains(failing.id))
        let copies = Dictionary(uniqueKeysWithValues: failing.objectKeys.map { ($0, "copy/\($0)") })
        #expect(try await fixture.finishTrashRevocation(of: failing, copies: copies))
        try await catalog.postponeTrashRevocation(id: failing.id, at: now)
        #expect(try await due(.distantFuture) == [other.id])
    }

    @Test func `a revocation under way goes on in the trash, and after a restoration`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await commit(fixture)
        _ = try await fixture.catalog.requestRevocation(attachmentID: attachment.id)
        try await discard(attachment, fixture)
        #expect(try fixture.catalog.trashed(id: attachment.id)?.isRevoking == true)
        #expect(try await restore(attachment, fixture) == .restored(attachment))
        #expect(try await fixture.catalog.jobCount(kind: .revoke) == 1)
    }

    @Test func `who is removed from a conversation loses the URLs of what was deleted, too`() async throws {
        let fixture = try await CatalogFixture()
        let (here, deleted) = (try await commit(fixture), try await commit(fixture))
        try await discard(deleted, fixture)
        let change = try await fixture.catalog.changeParticipants(
            conversationID: fixture.conversationID,
            put: [],
            remove: ["bob"],
            revoking: true
        )
        #expect(change == ParticipantChange(removed: ["bob"], revocations: 1))
        let job = try await fixture.catalog.job(attachmentID: here.id, kind: .revoke)
        #expect(job?.userID == "ann")
        #expect(try fixture.catalog.trashed(id: deleted.id)?.isRevoking == true)
        // Once more: one that is queued is due at once, and stays one.
        #expect(try await fixture.catalog.revokeConversation(id: fixture.conversationID) == 1)
        #expect(try await fixture.catalog.jobCount(kind: .revoke) == 1)
    }

    @Test func `what waits in an old place waits there in the trash, and is served again after it`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let (attachment, key) = (candidate.attachment, candidate.attachment.objectKey)
        let location = try #require(candidate.locations[key])
        #expect(try await fixture.adopt(candidate) == .adopted)
        try await discard(attachment, fixture, revoking: true)
        #expect(try fixture.state(key) == .trashed)
        // It has no URL of the storage that could be ended.
        #expect(try await fixture.catalog.trashToRevoke(limit: 9).isEmpty)
        #expect(try fixture.catalog.isServed(location: location, store: CatalogFixture.store))
        #expect(try await fixture.catalog.cutOver(store: CatalogFixture.store).isOver == false)
        #expect(try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9).isEmpty)
        #expect(try await fixture.adopt(candidate) == .deletedBefore)
        guard case .restored(let restored) = try await restore(attachment, fixture) else {
            Issue.record("it is not restored")
            return
        }
        #expect(Set(restored.waitingPlaces.map(\.objectKey)) == Set(attachment.objectKeys))
        #expect(try fixture.state(key) == .waiting)
        try await discard(restored, fixture)
        #expect(try await fixture.catalog.purgeTrash(limit: 9, now: fixture.start) == 0)
        #expect(try await fixture.catalog.purgeTrash(limit: 9, now: fixture.start.addingTimeInterval(1000)) == 1)
        #expect(try fixture.state(key) == .deleted)
        #expect(try await fixture.catalog.doomedPlaces(store: CatalogFixture.store, limit: 9).count == 2)
    }

    @Test func `what arrives for the trash is in the storage after a restoration, and is worked on then`() async throws
    {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let keys = candidate.attachment.objectKeys
        _ = try await fixture.adopt(candidate)
        try await discard(candidate.attachment, fixture)
        for key in keys { #expect(try await fixture.arrive(key) == .moved) }
        #expect(try fixture.state(keys[0]) == .moved)
        #expect(try await fixture.catalog.jobCount(kind: .import) == 0)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 0)
        guard case .restored(let restored) = try await restore(candidate.attachment, fixture) else {
            Issue.record("it is not restored")
            return
        }
        #expect(restored.waitingPlaces == [])
        #expect(restored.sha256 == CatalogFixture.digest)
        #expect(restored.fileSize == 1_000)
        #expect(try fixture.catalog.usage(ofUser: "ann") == StorageUsage(files: 1, bytes: 1_000))
        #expect(try await fixture.catalog.job(attachmentID: restored.id, kind: .import)?.priority == .low)
        try await discard(restored, fixture)
        let other = String(repeating: "0f", count: 32)
        #expect(try await fixture.arrive(keys[0], sha256: other) == .moved, "it has arrived before")
    }

    @Test func `a rollback has what is in the trash wait for its restoration`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let keys = candidate.attachment.objectKeys
        _ = try await fixture.adopt(candidate)
        for key in keys { #expect(try await fixture.arrive(key) { _ in false } == .moved) }
        let moved = try #require(try await fixture.catalog.attachment(id: candidate.attachment.id))
        try await discard(moved, fixture)
        #expect(try await fixture.catalog.returnToOldPlace(objectKeys: keys, store: CatalogFixture.store) == 2)
        #expect(try fixture.state(keys[0]) == .trashed)
        guard case .restored(let restored) = try await restore(moved, fixture) else {
            Issue.record("it is not restored")
            return
        }
        #expect(Set(restored.waitingPlaces.map(\.objectKey)) == Set(keys))
    }

    @Test func `what waits in another store by now is not given back to an earlier one, and is restored`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        let keys = candidate.attachment.objectKeys
        _ = try await fixture.adopt(candidate)
        for key in keys { #expect(try await fixture.arrive(key) { _ in false } == .moved) }
        let moved = try #require(try await fixture.catalog.attachment(id: candidate.attachment.id))
        try await discard(moved, fixture)
        // The storage that it was moved to becomes the place of before.
        try fixture.catalog.close()
        let catalog = try Catalog.open(path: fixture.path, exclusively: true)
        #expect(try await catalog.placeAll(inStore: "s3:one", current: "s3:two") == 2)
        #expect(try await catalog.returnToOldPlace(objectKeys: keys, store: CatalogFixture.store) == 0)
        let outcome = try await catalog.restoreAttachment(
            id: moved.id,
            activity: fixture.activity(.fileRestored, of: moved)
        )
        guard case .restored(let restored) = outcome else {
            Issue.record("it is not restored: \(outcome)")
            return
        }
        #expect(restored.waitingPlaces.map(\.store) == ["s3:one", "s3:one"])
        try catalog.close()
    }

    @Test func `with another storage, the trash waits in the one of before`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("catalog.sqlite")
        let catalog = try Catalog.open(path: path, exclusively: true)
        try catalog.migrate()
        let (id, conversationID) = (UUID.version7(), UUID.version7())
        let message = Message(id: .version7(), conversationID: conversationID, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(id: conversationID)
        try await catalog.putMessage(message)
        #expect(try await catalog.settleStorage(current: "s3:one", source: nil) == .noted)
        let attachment = CatalogAttachment(
            id: id,
            messageID: message.id,
            objectKey: "attachments/one",
            fileName: "one.pdf",
            fileKind: .document,
            fileSize: 1,
            mediaType: "application/pdf",
            sha256: String(repeating: "0f", count: 32),
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
        try await catalog.insertIntent(
            UploadIntent(id: id, objectKey: attachment.objectKey, userID: "ann", createdAt: Date())
        )
        let entry = Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: Date())
        _ = try await catalog.commitUpload(attachment: attachment, activity: entry, requiresParticipation: false)
        #expect(try await catalog.deleteMessage(id: message.id, terms: DeletionTerms(retention: 1000)))
        // All that there is, is in the trash: it is not lost from view either.
        #expect(try await catalog.settleStorage(current: "s3:two", source: nil) == .contradicts(noted: "s3:one"))
        #expect(try await catalog.settleStorage(current: "s3:two", source: "s3:one") == .placed(objects: 1))
        #expect(try catalog.oldPlace(objectKey: attachment.objectKey, store: "s3:one")?.state == .trashed)
        // On the way back it is in the storage.
        #expect(try await catalog.settleStorage(current: "s3:one", source: "s3:two") == .placed(objects: 0))
        for store in ["s3:one", "s3:two"] {
            #expect(try catalog.oldPlace(objectKey: attachment.objectKey, store: store) == nil)
        }
        #expect(try catalog.trashed(id: id)?.attachment.objectKey == attachment.objectKey)
    }
}
