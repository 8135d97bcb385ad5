import Catalog
import Foundation
import TestSupport
import Testing

struct AttachmentTests {
    @Test func `the attachments of a message come oldest first`() async throws {
        let fixture = try await CatalogFixture()
        var attachments: [CatalogAttachment] = []
        for offset in [30.0, 10.0, 20.0] {
            var attachment = fixture.attachment(status: .ready)
            attachment.uploadedAt = fixture.start.addingTimeInterval(offset)
            attachments.append(attachment)
            try await fixture.commit(attachment)
        }
        #expect(
            try await fixture.catalog.attachments(messageID: fixture.message.id)
                == [attachments[1], attachments[2], attachments[0]]
        )
        #expect(try await fixture.catalog.attachments(messageID: UUID()).isEmpty)
    }

    @Test func `an attachment comes with the caller's role`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        for (userID, role) in [("ann", .member), ("bob", .admin), ("eve", nil)] as [(String, ParticipantRole?)] {
            let found = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: userID)
            #expect(found?.attachment == attachment)
            #expect(found?.role == role)
        }
        #expect(try await fixture.catalog.attachmentWithMembership(id: UUID(), userID: "ann") == nil)
    }

    @Test func `a deletion takes the row and its job out, queues both objects, and writes the log`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        attachment.thumbnailKey = "thumbnails/one"
        attachment.thumbnailWidth = 320
        attachment.thumbnailHeight = 180
        let processing = try #require(try await fixture.commit(attachment))
        let activity = fixture.activity(.fileDeleted, of: attachment)

        let deleted = try await fixture.catalog.deleteAttachment(id: attachment.id, activity: activity)
        #expect(deleted?.attachment == attachment)
        #expect(deleted?.job.kind == .deleteObjects)
        #expect(deleted?.job.attachmentID == nil)
        #expect(deleted?.job.objectKeys == [attachment.objectKey, "thumbnails/one"])
        #expect(try await fixture.catalog.attachment(id: attachment.id) == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 10) == [deleted?.job].compactMap { $0 })
        #expect(try await fixture.catalog.activities(limit: 10).map(\.action) == [.fileDeleted, .fileUploaded])

        // A worker that still holds the processing job must not remove the deletion in its place.
        #expect(deleted?.job.id != processing.id)
        try await fixture.catalog.removeJob(id: processing.id)
        #expect(try await fixture.catalog.nextJobs(limit: 10).count == 1)

        #expect(try await fixture.catalog.deleteAttachment(id: attachment.id, activity: activity) == nil)
        #expect(try await fixture.catalog.activities(limit: 10).count == 2)
    }

    @Test func `finished processing stores the facts and the thumbnail and removes the job`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let facts = MediaFacts(
            durationMilliseconds: 120_000,
            width: 1920,
            height: 1080,
            bitrate: 5000,
            frameRate: 25,
            codec: "h264",
            audioCodec: "aac",
            rotation: 90
        )
        let finished = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            facts: facts,
            thumbnail: ThumbnailFacts(objectKey: "thumbnails/one", width: 320, height: 180),
            jobID: job.id
        )
        var expected = attachment
        expected.status = .ready
        expected.durationMilliseconds = 120_000
        expected.width = 1920
        expected.height = 1080
        expected.bitrate = 5000
        expected.frameRate = 25
        expected.codec = "h264"
        expected.audioCodec = "aac"
        expected.rotation = 90
        expected.thumbnailKey = "thumbnails/one"
        expected.thumbnailWidth = 320
        expected.thumbnailHeight = 180
        #expect(finished == expected)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == expected)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
    }

    @Test func `a thumbnail that replaces another one queues the deletion of the earlier object`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        for (key, deletions) in [("thumbnails/one", 0), ("thumbnails/one", 0), ("thumbnails/two", 1)] {
            let job = try #require(try await fixture.requeue(attachment))
            let finished = try await fixture.catalog.finishProcessing(
                attachmentID: attachment.id,
                facts: MediaFacts(),
                thumbnail: ThumbnailFacts(objectKey: key, width: 320, height: 180),
                jobID: job.id
            )
            #expect(finished?.thumbnailKey == key)
            #expect(try await fixture.catalog.nextJobs(limit: 10).count == deletions)
        }
        #expect(try await fixture.catalog.nextJobs(limit: 10).map(\.objectKeys) == [["thumbnails/one"]])
    }

    @Test func `processing that finishes after the deletion stores nothing and queues its thumbnail`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let finished = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            facts: MediaFacts(width: 1, height: 1),
            thumbnail: ThumbnailFacts(objectKey: "thumbnails/late", width: 320, height: 180),
            jobID: job.id
        )
        #expect(finished == nil)
        let keys = try await fixture.catalog.nextJobs(limit: 10).map(\.objectKeys)
        #expect(Set(keys) == [[attachment.objectKey], ["thumbnails/late"]])
        let failed = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "crashed",
            facts: MediaFacts(width: 1, height: 1),
            jobID: job.id
        )
        #expect(failed == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 10).count == 2)
    }

    @Test func `failed processing keeps the reason and the facts and removes the job`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let failed = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "no_frame",
            facts: MediaFacts(durationMilliseconds: 10, codec: "h264"),
            jobID: job.id
        )
        #expect(failed?.status == .failed)
        #expect(failed?.failureReason == "no_frame")
        #expect(failed?.durationMilliseconds == 10)
        #expect(failed?.codec == "h264")
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)

        let second = try #require(try await fixture.requeue(attachment))
        let again = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "timed_out",
            facts: nil,
            jobID: second.id
        )
        #expect(again?.failureReason == "timed_out")
        #expect(again?.durationMilliseconds == 10)

        let third = try #require(try await fixture.requeue(attachment))
        let code = try await errorCode {
            _ = try await fixture.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: "",
                facts: nil,
                jobID: third.id
            )
        }
        #expect(code == .constraint)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == third)

        let repaired = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            facts: MediaFacts(width: 2, height: 2),
            thumbnail: nil,
            jobID: third.id
        )
        #expect(repaired?.status == .ready)
        #expect(repaired?.failureReason == nil)
        #expect(repaired?.durationMilliseconds == nil)
    }

    @Test func `the late end of a job that is over changes nothing`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let ready = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            facts: MediaFacts(width: 640, height: 360),
            thumbnail: ThumbnailFacts(objectKey: "thumbnails/one", width: 320, height: 180),
            jobID: job.id
        )
        #expect(ready?.status == .ready)
        let failed = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "crashed",
            facts: MediaFacts(width: 1, height: 1),
            jobID: job.id
        )
        #expect(failed == ready)
        let finished = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            facts: MediaFacts(width: 2, height: 2),
            thumbnail: ThumbnailFacts(objectKey: "thumbnails/two", width: 320, height: 180),
            jobID: job.id
        )
        #expect(finished == ready)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == ready)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
    }

    @Test func `the job of another attachment is no job of this one`() async throws {
        let fixture = try await CatalogFixture()
        let one = fixture.attachment()
        let two = fixture.attachment()
        try await fixture.commit(one)
        let jobOfTwo = try #require(try await fixture.commit(two))
        let finished = try await fixture.catalog.finishProcessing(
            attachmentID: one.id,
            facts: MediaFacts(),
            thumbnail: nil,
            jobID: jobOfTwo.id
        )
        #expect(finished == one)
        #expect(try await fixture.catalog.job(attachmentID: two.id, kind: .process) == jobOfTwo)
    }

    @Test func `the schema itself refuses strays, unknown choices and wrong types`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        for sql in [
            "DELETE FROM message",
            "DELETE FROM conversation",
            "UPDATE attachment SET message_id = '00000000-0000-0000-0000-000000000000'",
            "UPDATE attachment SET file_type = 'animation'",
            "UPDATE attachment SET status = 'done'",
            "UPDATE attachment SET file_size = 'large'",
            "UPDATE attachment SET id = upper(id)",
            "UPDATE attachment SET object_key = NULL",
            "UPDATE participant SET role = 'owner'",
            "UPDATE activity SET action = 'file_seen'",
            "UPDATE job SET attachment_id = NULL",
            "UPDATE job SET kind = 'delete_objects'",
            "UPDATE job SET object_keys = 'no list'",
            "UPDATE job SET attempts = -1, leased = 0",
            "UPDATE job SET attempts = 0, leased = 1",
            "UPDATE job SET delays = -1",
            "UPDATE job SET leased = 2",
        ] {
            #expect(throws: (any Error).self, "\(sql)") { try executeSQL(sql, at: fixture.path) }
        }
        #expect(try fetchTexts("PRAGMA integrity_check", at: fixture.path) == ["ok"])
        #expect(try await fixture.catalog.attachments(messageID: fixture.message.id).count == 1)
    }
}
