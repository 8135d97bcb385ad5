import Catalog
import Foundation
import TestSupport
import Testing

struct UploadTests {
    @Test func `an intent is stored, told its multipart upload, listed oldest first, and removed`() async throws {
        let fixture = try await CatalogFixture()
        let older = UploadIntent(id: .version7(), objectKey: "a/1", userID: "ann", createdAt: fixture.start)
        let newer = UploadIntent(
            id: .version7(),
            objectKey: "a/2",
            uploadID: "two",
            userID: "ann",
            createdAt: fixture.start.addingTimeInterval(1)
        )
        try await fixture.catalog.insertIntent(newer)
        try await fixture.catalog.insertIntent(older)
        try await fixture.catalog.setIntentUploadID(id: older.id, uploadID: "one+/=")
        let told = UploadIntent(
            id: older.id,
            objectKey: "a/1",
            uploadID: "one+/=",
            userID: "ann",
            createdAt: fixture.start
        )
        #expect(try await fixture.catalog.intents() == [told, newer])
        #expect(try await fixture.catalog.removeIntent(id: older.id))
        #expect(try await fixture.catalog.removeIntent(id: older.id) == false)
        #expect(try await fixture.catalog.intents() == [newer])
        let code = try await errorCode {
            try await fixture.catalog.setIntentUploadID(id: older.id, uploadID: "late")
        }
        #expect(code == .missingIntent)
    }

    @Test func `two intents never share an object key or an id`() async throws {
        let fixture = try await CatalogFixture()
        let intent = UploadIntent(id: .version7(), objectKey: "a/1", userID: "ann", createdAt: fixture.start)
        try await fixture.catalog.insertIntent(intent)
        for other in [
            UploadIntent(id: .version7(), objectKey: "a/1", userID: "ann", createdAt: fixture.start),
            UploadIntent(id: intent.id, objectKey: "a/2", userID: "ann", createdAt: fixture.start),
            UploadIntent(id: .version7(), objectKey: "", userID: "ann", createdAt: fixture.start),
        ] {
            #expect(try await errorCode { try await fixture.catalog.insertIntent(other) } == .constraint)
        }
        #expect(try await fixture.catalog.intents() == [intent])
    }

    @Test func `a commit brings and takes intents of other uploads with it, or not at all`() async throws {
        let fixture = try await CatalogFixture()
        let next = UploadIntent(id: .version7(), objectKey: "a/next", userID: "ann", createdAt: fixture.start)
        let unused = UploadIntent(id: .version7(), objectKey: "a/unused", userID: "ann", createdAt: fixture.start)
        try await fixture.catalog.insertIntent(unused)
        let attachment = fixture.attachment(status: .ready)
        func commit() async throws {
            _ = try await fixture.catalog.commitUpload(
                attachment: attachment,
                activity: fixture.activity(.fileUploaded, of: attachment),
                reserving: next,
                releasing: [unused.id]
            )
        }
        let code = try await errorCode { try await commit() }
        #expect(code == .missingIntent)
        #expect(try await fixture.catalog.intents() == [unused])
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        try await commit()
        #expect(try await fixture.catalog.intents() == [next])
        try await fixture.catalog.removeIntents(ids: [next.id, unused.id])
        #expect(try await fixture.catalog.intents().isEmpty)
    }

    @Test func `a commit brings the attachment in, takes the intent out, queues the job and writes the log`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        #expect(job.kind == .process)
        #expect(job.attachmentID == attachment.id)
        #expect(job.objectKeys == [])
        #expect(job.attempts == 1)
        #expect(job.delays == 0)
        #expect(job.isLeased)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == job)
        #expect(try await fixture.catalog.nextJobs(limit: 10) == [job])
        let activities = try await fixture.catalog.activities(limit: 10)
        #expect(activities.map(\.action) == [.fileUploaded])
        #expect(activities.map(\.attachmentID) == [attachment.id])
    }

    @Test func `every column survives the way to the file and back`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment(status: .failed)
        attachment.durationMilliseconds = 120_040
        attachment.width = 1080
        attachment.height = 1920
        attachment.bitrate = 5000
        attachment.frameRate = 29.97
        attachment.isVariableFrameRate = false
        attachment.frameCount = 3597
        attachment.codec = "h264"
        attachment.audioCodec = "aac"
        attachment.sampleRate = 44_100
        attachment.channels = 6
        attachment.rotation = 270
        attachment.hasAlpha = true
        attachment.isAnimated = false
        attachment.hdrTransfer = .pq
        attachment.capturedAt = "2019-06-01T12:30:45"
        attachment.storedSHA256 = String(repeating: "e1", count: 32)
        attachment.renditions = [
            Rendition(
                name: "thumbnail",
                objectKey: "thumbnails/\u{1F3AC}",
                width: 320,
                height: 568,
                mediaType: "image/webp",
                byteCount: 1 << 40
            ),
            .sample("large", "thumbnails/large"),
        ]
        attachment.placeholder = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
        attachment.uploadedAt = Date(timeIntervalSince1970: 1_750_000_000.123)
        #expect(try await fixture.commit(attachment) == nil)
        let stored = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(abs(stored.uploadedAt.timeIntervalSince(attachment.uploadedAt)) < 0.0005)
        attachment.uploadedAt = stored.uploadedAt
        #expect(stored == attachment)
    }

    @Test(arguments: [AttachmentStatus.ready, .failed])
    func `an attachment that needs no media work queues no job`(status: AttachmentStatus) async throws {
        let fixture = try await CatalogFixture()
        #expect(try await fixture.commit(fixture.attachment(status: status)) == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
    }

    @Test func `a commit after the message was deleted is refused and leaves the intent`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        _ = try await fixture.catalog.deleteMessage(id: fixture.message.id)
        #expect(try await commitCode(fixture, attachment) == .notFound)
        #expect(try await fixture.catalog.intents().map(\.id) == [attachment.id])
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
        #expect(try await fixture.catalog.activities(limit: 10).isEmpty)
    }

    @Test func `a commit after the uploader left is refused, unless participation is not required`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        _ = try await fixture.catalog.removeParticipant(conversationID: fixture.conversationID, userID: "ann")
        #expect(try await commitCode(fixture, attachment) == .forbidden)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == nil)
        #expect(try await fixture.catalog.intents().count == 1)
        #expect(try await commitCode(fixture, attachment, requiresParticipation: false) == nil)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
    }

    @Test func `a commit without its intent, or for another object, is refused`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        #expect(try await commitCode(fixture, attachment) == .missingIntent)
        var elsewhere = attachment
        elsewhere.objectKey = "attachments/elsewhere"
        try await fixture.catalog.insertIntent(fixture.intent(for: elsewhere))
        #expect(try await commitCode(fixture, attachment) == .missingIntent)
        #expect(try await fixture.catalog.attachments(messageID: fixture.message.id).isEmpty)
        #expect(try await fixture.catalog.intents().count == 1)
    }

    @Test func `values that no attachment can have are refused and the intent stays`() async throws {
        let fixture = try await CatalogFixture()
        let changes: [(String, @Sendable (inout CatalogAttachment) -> Void)] = [
            ("a negative size", { $0.fileSize = -1 }),
            ("a short digest", { $0.sha256 = "abc" }),
            ("a stored digest that is none", { $0.storedSHA256 = "" }),
            ("an upper-case digest", { $0.sha256 = String(repeating: "AB", count: 32) }),
            ("no name", { $0.fileName = "" }),
            ("a long name", { $0.fileName = String(repeating: "x", count: 256) }),
            ("no media type", { $0.mediaType = "" }),
            ("failed without a reason", { $0.status = .failed }),
            ("a reason before the outcome", { $0.failureReason = "crashed" }),
            ("a rendition without a key", { $0.renditions = [.sample("thumbnail", "")] }),
            ("one name twice", { $0.renditions = [.sample("thumbnail", "x"), .sample("thumbnail", "y")] }),
            ("no channels", { $0.channels = 0 }),
            ("a negative duration", { $0.durationMilliseconds = -1 }),
            ("a slanted rotation", { $0.rotation = 45 }),
            ("no uploader", { $0.uploadedBy = "" }),
        ]
        for (what, change) in changes {
            var attachment = fixture.attachment()
            try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
            change(&attachment)
            let code = try await commitCode(fixture, attachment, requiresParticipation: false)
            #expect(code == .constraint, "\(what)")
            #expect(try await fixture.catalog.attachment(id: attachment.id) == nil, "\(what)")
            #expect(try await fixture.catalog.removeIntent(id: attachment.id), "\(what)")
        }
    }

    @Test func `a refusal by the schema names the rule and holds no values`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        attachment.fileName = "private-name.mp4"
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        attachment.fileSize = -1
        do {
            _ = try await fixture.catalog.commitUpload(
                attachment: attachment,
                activity: fixture.activity(.fileUploaded, of: attachment)
            )
            Issue.record("the size was accepted")
        } catch {
            #expect(error.code == .constraint)
            #expect(error.message.contains("file_size"))
            #expect(!error.description.contains("private-name"))
        }
    }

    @Test func `keys of attachments and renditions are known, those of uploads under way are not`() async throws {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment(status: .ready)
        attachment.renditions = [
            .sample("thumbnail", "thumbnails/a \"quoted\" / key"), .sample("preview", "previews/one"),
        ]
        try await fixture.commit(attachment)
        try await fixture.catalog.insertIntent(
            UploadIntent(id: .version7(), objectKey: "under/way", userID: "ann", createdAt: fixture.start)
        )
        let strays = (0..<2000).map { "stray/\($0)" } + ["under/way"]
        let known = [attachment.objectKey, "thumbnails/a \"quoted\" / key", "previews/one"]
        #expect(try await fixture.catalog.referencedObjectKeys(among: strays + known) == Set(known))
        #expect(try await fixture.catalog.referencedObjectKeys(among: []) == [])
    }

    private func commitCode(
        _ fixture: CatalogFixture,
        _ attachment: CatalogAttachment,
        requiresParticipation: Bool = true
    ) async throws -> CatalogError.Code? {
        try await errorCode {
            _ = try await fixture.catalog.commitUpload(
                attachment: attachment,
                activity: Activity(
                    userID: "ann",
                    action: .fileUploaded,
                    description: "",
                    attachmentID: attachment.id,
                    occurredAt: fixture.start
                ),
                requiresParticipation: requiresParticipation
            )
        }
    }
}
