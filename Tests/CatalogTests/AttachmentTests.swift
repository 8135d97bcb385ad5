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

    @Test func `a deletion takes the row and its job out, queues every object, and writes the log`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        attachment.renditions = [.sample("thumbnail", "thumbnails/one"), .sample("preview", "previews/one")]
        let processing = try #require(try await fixture.commit(attachment))
        let activity = fixture.activity(.fileDeleted, of: attachment)

        let deleted = try await fixture.catalog.deleteAttachment(id: attachment.id, activity: activity)
        #expect(deleted?.attachment == attachment)
        #expect(deleted?.job.kind == .purge)
        #expect(deleted?.job.attachmentID == nil)
        #expect(deleted?.job.objectKeys == [attachment.objectKey, "thumbnails/one", "previews/one"])
        #expect(try await fixture.catalog.attachment(id: attachment.id) == nil)
        #expect(try fetchTexts("SELECT name FROM rendition", at: fixture.path) == [])
        #expect(try await fixture.catalog.nextJobs(limit: 10) == [deleted?.job].compactMap { $0 })
        let actions = try await fixture.catalog.activities(limit: 10).map(\.action)
        #expect(actions == [.filePurged, .fileDeleted, .fileUploaded])

        // A worker that still holds the processing job must not remove the deletion in its place.
        #expect(deleted?.job.id != processing.id)
        try await fixture.catalog.removeJob(processing)
        #expect(try await fixture.catalog.nextJobs(limit: 10).count == 1)

        #expect(try await fixture.catalog.deleteAttachment(id: attachment.id, activity: activity) == nil)
        #expect(try await fixture.catalog.activities(limit: 10).count == 3)
    }

    @Test func `the schema itself refuses strays, unknown choices and wrong types`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        attachment.renditions = [.sample("thumbnail", "thumbnails/one")]
        try await fixture.commit(attachment)
        for sql in [
            "DELETE FROM message",
            "DELETE FROM conversation",
            "UPDATE attachment SET message_id = '00000000-0000-0000-0000-000000000000'",
            "UPDATE attachment SET file_type = 'animation'",
            "UPDATE attachment SET status = 'done'",
            "UPDATE attachment SET file_size = 'large'",
            "UPDATE attachment SET id = upper(id)",
            "UPDATE attachment SET object_key = NULL",
            "UPDATE attachment SET stored_sha256 = upper(stored_sha256)",
            "UPDATE attachment SET failure_reason = 'no_frame'",
            "UPDATE attachment SET status = 'failed'",
            "UPDATE attachment SET hdr_transfer = 'gamma'",
            "UPDATE attachment SET has_alpha = 2",
            "UPDATE attachment SET frame_count = 0",
            "DELETE FROM attachment",
            "UPDATE rendition SET attachment_id = '00000000-0000-0000-0000-000000000000'",
            "UPDATE rendition SET name = ''",
            "UPDATE rendition SET height = NULL",
            "UPDATE rendition SET width = 0",
            "UPDATE rendition SET byte_count = 0",
            "INSERT INTO rendition SELECT attachment_id, name, 'another', 1, 1, mime_type, 1 FROM rendition",
            "INSERT INTO rendition SELECT attachment_id, 'another', object_key, 1, 1, mime_type, 1 FROM rendition",
            "UPDATE participant SET role = 'owner'",
            "UPDATE activity SET action = 'file_seen'",
            "UPDATE job SET attachment_id = NULL",
            "UPDATE job SET kind = 'delete_objects'",
            "UPDATE job SET object_keys = 'no list'",
            "UPDATE job SET attempts = -1, leased = 0",
            "UPDATE job SET attempts = 0, leased = 1",
            "UPDATE job SET delays = -1",
            "UPDATE job SET worker_deaths = -1",
            "UPDATE job SET leased = 2",
        ] {
            #expect(throws: (any Error).self, "\(sql)") { try executeSQL(sql, at: fixture.path) }
        }
        #expect(try fetchTexts("PRAGMA integrity_check", at: fixture.path) == ["ok"])
        #expect(try await fixture.catalog.attachments(messageID: fixture.message.id) == [attachment])
    }
}
