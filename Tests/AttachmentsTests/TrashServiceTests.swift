import Catalog
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// Deletion, restoration and purge over a real storage.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct TrashServiceTests {
    private func makeFixture(
        retention: Duration = .seconds(86_400),
        revoking: Bool = false
    ) async throws -> ServiceFixture {
        try await ServiceFixture {
            $0.deletion = DeletionConfiguration(retention: retention, revokesURLs: revoking)
            $0.sweep.interval = nil
        }
    }

    @Test func `what is restored has the bytes of before, and what is purged has none`() async throws {
        // Over at once, but only the background loop purges.
        let fixture = try await makeFixture(retention: .milliseconds(1))
        let bytes = document(byteCount: 12 << 20)
        let view = try await fixture.upload(bytes)
        let (id, key) = (view.attachment.id, view.attachment.objectKey)
        let stored = try #require(try await fixture.catalog.attachment(id: id))
        try await fixture.service.delete(id: id, by: fixture.ann)
        #expect(
            await attachmentErrorCode {
                _ = try await fixture.service.attachment(id: id, for: fixture.ann)
            } == .attachmentNotFound
        )
        #expect(try await fixture.storage.headObject(key: key).byteCount == 12 << 20)
        let restored = try await fixture.service.restore(id: id, by: fixture.ann)
        #expect(restored.attachment == stored)
        #expect(try await fixture.storage.bytes(of: key) == bytes)
        // Once more, as after an answer that was lost.
        #expect(try await fixture.service.restore(id: id, by: fixture.ann).attachment == stored)

        #expect(try await fixture.service.deleteMessage(id: fixture.message.id, by: fixture.admin))
        #expect(try fixture.catalog.trashed(id: id)?.deletedBy == "admin")
        #expect(try await fixture.runInBackground { try await fixture.remains().isEmpty })
        #expect(
            await attachmentErrorCode { _ = try await fixture.service.restore(id: id, by: fixture.ann) }
                == .attachmentNotFound
        )
    }

    @Test func `a retention that is changed to none holds for what is deleted from then on`() async throws {
        let fixture = try await makeFixture()
        let bytes = document(byteCount: 3_000)
        let kept = try await fixture.upload(bytes).attachment
        let gone = try await fixture.upload(document(byteCount: 3_000, seed: 2)).attachment
        try await fixture.service.delete(id: kept.id, by: fixture.ann)
        try await fixture.restart {
            $0.deletion = DeletionConfiguration()
            $0.sweep.interval = nil
        }
        try await fixture.service.delete(id: gone.id, by: fixture.ann)
        #expect(try fixture.catalog.trashed(id: gone.id) == nil)
        try await fixture.service.tendTrash()
        #expect(try await fixture.service.restore(id: kept.id, by: fixture.ann).attachment.id == kept.id)
        #expect(try await fixture.storage.bytes(of: kept.objectKey) == bytes)
    }

    @Test func `who may restore and purge`() async throws {
        let fixture = try await makeFixture()
        let service = Requester(userID: "backend", isService: true)
        let view = try await fixture.upload(document(byteCount: 3_000))
        let id = view.attachment.id
        let stored = try await fixture.catalog.attachment(id: id)
        for requester in [fixture.ann, fixture.admin, service] {
            try await fixture.service.delete(id: id, by: fixture.admin)
            for (other, code) in [
                (fixture.bob, AttachmentError.Code.forbidden), (fixture.stranger, .attachmentNotFound),
            ] {
                #expect(await attachmentErrorCode { _ = try await fixture.service.restore(id: id, by: other) } == code)
                #expect(
                    await attachmentErrorCode {
                        try await fixture.service.delete(id: id, by: other, purging: true)
                    } == code
                )
            }
            #expect(try await fixture.service.restore(id: id, by: requester).attachment == stored)
        }
        try await fixture.service.delete(id: id, by: fixture.ann)
        #expect(
            await attachmentErrorCode {
                try await fixture.service.delete(id: id, by: fixture.admin, purging: true)
            } == .forbidden
        )
        try await fixture.service.delete(id: id, by: fixture.ann, purging: true)
        #expect(try await fixture.remains() == [])
        // One that was not deleted before goes at once, too.
        let other = try await fixture.upload(document(byteCount: 3_000))
        try await fixture.service.delete(id: other.attachment.id, by: service, purging: true)
        #expect(try await fixture.remains() == [])
        #expect(try await fixture.catalog.trash(limit: 9).isEmpty)
    }

    @Test func `who was taken out of the conversation purges nothing that others may restore`() async throws {
        let fixture = try await makeFixture()
        let ids = [
            try await fixture.upload(document(byteCount: 3_000)).attachment.id,
            try await fixture.upload(document(byteCount: 3_000)).attachment.id,
        ]
        // One that an admin deleted, and one that the uploader did.
        try await fixture.service.delete(id: ids[0], by: fixture.admin)
        try await fixture.service.delete(id: ids[1], by: fixture.ann)
        let conversationID = fixture.message.conversationID
        #expect(try await fixture.catalog.removeParticipant(conversationID: conversationID, userID: "ann"))
        for id in ids {
            #expect(
                await attachmentErrorCode {
                    try await fixture.service.delete(id: id, by: fixture.ann, purging: true)
                } == .forbidden
            )
            #expect(try await fixture.service.restore(id: id, by: fixture.admin).attachment.id == id)
            #expect(
                await attachmentErrorCode {
                    try await fixture.service.delete(id: id, by: fixture.ann, purging: true)
                } == .attachmentNotFound
            )
        }
        // Without the conversation there are no participants: the back end alone purges.
        let service = Requester(userID: "backend", isService: true)
        #expect(try await fixture.service.deleteConversation(id: conversationID, by: service))
        #expect(
            await attachmentErrorCode {
                try await fixture.service.delete(id: ids[0], by: fixture.ann, purging: true)
            } == .forbidden
        )
        try await fixture.service.delete(id: ids[0], by: service, purging: true)
        #expect(try fixture.catalog.trashed(id: ids[0]) == nil)
        #expect(try fixture.catalog.trashed(id: ids[1]) != nil)
    }

    @Test func `objects of what was deleted move to other keys, so that URLs that are out end`() async throws {
        let fixture = try await makeFixture(revoking: true)
        let bytes = document(byteCount: 30_000)
        let view = try await fixture.upload(bytes)
        let (id, key) = (view.attachment.id, view.attachment.objectKey)
        try await fixture.service.delete(id: id, by: fixture.ann)
        let isMoved = try await fixture.runInBackground {
            let keys = try await fixture.storage.listObjects().map(\.key)
            return keys.count == 1 && keys[0] != key
        }
        #expect(isMoved)
        #expect(try await fixture.catalog.intents().isEmpty)
        let restored = try await fixture.service.restore(id: id, by: fixture.ann)
        #expect(restored.attachment.objectKey != key)
        #expect(try await fixture.storage.bytes(of: restored.attachment.objectKey) == bytes)
    }

    @Test func `a purge leaves an object alone that something refers to`() async throws {
        let fixture = try await makeFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        let key = view.attachment.objectKey
        // As the end of a revocation of what is gone leaves it.
        var gone = view.attachment
        gone.id = .version7()
        let request = try await fixture.catalog.requestRevocation(attachmentID: view.attachment.id)
        guard case .begun(let job) = request else {
            Issue.record("the revocation was not begun")
            return
        }
        try await fixture.catalog.removeJob(job)
        try await fixture.catalog.insertIntents(
            [key, "attachments/none"]
                .map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: Date()) }
        )
        let outcome = try await fixture.catalog.finishRevocation(
            of: gone,
            copies: ["attachments/before": key, "attachments/other": "attachments/none"],
            job: job
        )
        #expect(outcome == .attachmentGone)
        #expect(try await fixture.catalog.jobCount(kind: .purge) == 1)
        #expect(try await fixture.runInBackground { try await fixture.catalog.jobCount(kind: .purge) == 0 })
        #expect(try await fixture.storage.headObject(key: key).byteCount == 3_000)
    }

    @Test func `many attachments are purged in lots`() async throws {
        let fixture = try await makeFixture(retention: .milliseconds(1))
        let view = try await fixture.upload(document(byteCount: 1_000))
        // Rows alone: the deletion of what is not there is one too.
        for _ in 0..<500 {
            var attachment = view.attachment
            attachment.id = .version7()
            attachment.objectKey = ObjectKey.original(id: attachment.id, at: Date())
            try await fixture.catalog.insertIntent(
                UploadIntent(id: attachment.id, objectKey: attachment.objectKey, userID: "ann", createdAt: Date())
            )
            let entry = Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: Date())
            _ = try await fixture.catalog.commitUpload(attachment: attachment, activity: entry)
        }
        #expect(try await fixture.service.deleteMessage(id: fixture.message.id))
        #expect(try await fixture.catalog.trashUsage() == StoredAmount(files: 501, bytes: 501_000))
        #expect(try await fixture.storage.headObject(key: view.attachment.objectKey).byteCount == 1_000)
        let isPurged = try await fixture.runInBackground {
            guard try await fixture.catalog.trashUsage().files == 0 else { return false }
            guard try await fixture.catalog.jobCount(kind: .purge) == 0 else { return false }
            return try await fixture.remains().isEmpty
        }
        #expect(isPurged)
        let purges = try await fixture.catalog.activities(limit: 2000).filter { $0.action == .filePurged }
        #expect(purges.count == 501)
    }
}
