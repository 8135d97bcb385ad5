import Catalog
import Foundation
import TestSupport
import Testing

/// What jobs of their own make of an attachment, and how one of it takes the original's place.
struct RenditionJobTests {
    private let digest = String(repeating: "5a", count: 32)

    private func video(_ name: String, _ objectKey: String, byteCount: Int64 = 4_000_000) -> Rendition {
        Rendition(
            name: name,
            objectKey: objectKey,
            width: 1280,
            height: 720,
            mediaType: "video/mp4",
            byteCount: byteCount,
            sha256: digest
        )
    }

    @Test func `what is asked for is queued when the attachment is ready, for the uploader, and once`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p", "480p"])
        let queued = try await fixture.jobs()
        #expect(queued.map(\.name) == ["720p", "480p"])
        #expect(queued.allSatisfy { $0.kind == .transcode && $0.attachmentID == attachment.id && $0.userID == "ann" })
        let again = try #require(try await fixture.requeue(attachment))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(requests: ["720p", "360p"].map { RenditionRequest(kind: .transcode, name: $0) }),
            job: again
        )
        #expect(try await fixture.jobs().map(\.name) == ["720p", "480p", "360p"])
    }

    @Test func `the row comes in, the intent and the job go out, and the digest is kept`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p"])
        let job = try #require(try await fixture.jobs().first)
        let made = video("720p", "a/720p.mp4")
        try await fixture.catalog.insertIntents(fixture.intents(for: [made]))
        let recorded = try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job)
        #expect(recorded?.renditions == attachment.renditions + [made])
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.renditions.last?.sha256 == digest)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.jobs().isEmpty)
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .done)
    }

    @Test func `media work that is done again replaces the pictures and leaves the rest`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p"])
        let job = try #require(try await fixture.jobs().first)
        let made = video("720p", "a/720p.mp4")
        _ = try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job)
        let again = try #require(try await fixture.requeue(attachment))
        let picture = Rendition.sample("thumbnail", "a/other.jpg")
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(
                renditions: [picture],
                requests: [RenditionRequest(kind: .transcode, name: "720p")]
            ),
            job: again
        )
        #expect(finished?.renditions == [picture, made])
        #expect(try await fixture.jobs().isEmpty)
        #expect(try await fixture.jobs([.purge]).flatMap(\.objectKeys) == attachment.renditions.map(\.objectKey))
    }

    // The pictures that are made at once have had the name since the configuration changed; of one form they have the key, too.
    @Test(arguments: ["a/web.webp", "a/web.jpg"])
    func `a new picture takes the place of what a job of its own made under its name`(objectKey: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["web"])
        let job = try #require(try await fixture.jobs().first)
        var made = Rendition.sample("web", "a/web.webp")
        made.sha256 = digest
        _ = try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job)
        let again = try #require(try await fixture.requeue(attachment))
        let pictures = attachment.renditions + [Rendition.sample("web", objectKey)]
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(renditions: pictures),
            job: again
        )
        #expect(finished?.renditions == pictures)
        let purged = try await fixture.jobs([.purge]).flatMap(\.objectKeys)
        #expect(purged == (objectKey == made.objectKey ? [] : [made.objectKey]))
    }

    @Test(arguments: ["attachment", "job"])
    func `where the attachment or the job is gone what was stored is going to be deleted`(gone: String) async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p"])
        let job = try #require(try await fixture.jobs().first)
        let made = video("720p", "a/720p.mp4")
        try await fixture.catalog.insertIntents(fixture.intents(for: [made]))
        if gone == "attachment" {
            _ = try await fixture.catalog.deleteAttachment(
                id: attachment.id,
                activity: fixture.activity(.fileDeleted, of: attachment)
            )
        } else {
            try await fixture.catalog.endJob(job, outcome: .cancelled)
        }
        let recorded = try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job)
        #expect(recorded == nil)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.jobs([.purge]).flatMap(\.objectKeys).contains(made.objectKey))
        #expect(try await fixture.catalog.referencedObjectKeys(among: [made.objectKey]).isEmpty)
    }

    @Test func `deleting an attachment deletes what jobs of their own made of it`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p", "480p"])
        let job = try #require(try await fixture.jobs().first)
        let made = video("720p", "a/720p.mp4")
        _ = try await fixture.recordRenditions([made], attachmentID: attachment.id, job: job)
        let deleted = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let keys = [attachment.objectKey] + attachment.renditions.map(\.objectKey) + [made.objectKey]
        #expect(deleted?.job.objectKeys.sorted() == keys.sorted())
        #expect(try await fixture.jobs().isEmpty)
    }

    @Test func `a job that made nothing ends with the reason and leaves the attachment ready`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p"])
        let job = try #require(try await fixture.jobs().first)
        try await fixture.endRendition(
            attachmentID: attachment.id,
            job: job,
            outcome: .failed,
            reason: "unsupported_format: no"
        )
        let ended = try await fixture.catalog.endedJob(id: job.id)
        #expect(ended?.outcome == .failed)
        #expect(ended?.lastError == "unsupported_format: no")
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
    }

    // MARK: - The original's place

    @Test func `the replacement is queued when the last of the renditions is over, however that ended`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p", "480p"])
        let both = try await fixture.jobs()
        _ = try await fixture.recordRenditions(
            [video("720p", "a/720p.mp4")],
            attachmentID: attachment.id,
            job: both[0],
            replacement: "720p"
        )
        #expect(try await fixture.jobs().map(\.name) == ["480p"])
        try await fixture.endRendition(
            attachmentID: attachment.id,
            job: both[1],
            outcome: .failed,
            reason: "no",
            replacement: "720p"
        )
        let last = try await fixture.jobs()
        #expect(last.map(\.name) == ["original"])
        #expect(last.map(\.kind) == [.transcode])
    }

    @Test func `no replacement is queued where the rendition for it is missing, though another is there`() async throws
    {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(requests: ["720p", "480p"])
        let both = try await fixture.jobs()
        try await fixture.endRendition(
            attachmentID: attachment.id,
            job: both[0],
            outcome: .failed,
            reason: "no",
            replacement: "720p"
        )
        _ = try await fixture.recordRenditions(
            [video("480p", "a/480p.mp4")],
            attachmentID: attachment.id,
            job: both[1],
            replacement: "720p"
        )
        #expect(try await fixture.jobs().isEmpty)
    }

    @Test func `what was replaced is not replaced again`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, made, job) = try await replaceable(fixture)
        _ = try await replace(fixture, attachment, made, job)
        let replaced = try #require(try await fixture.catalog.attachment(id: attachment.id))
        let again = try #require(try await fixture.requeue(replaced))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(requests: ["480p", "original"].map { RenditionRequest(kind: .transcode, name: $0) }),
            job: again
        )
        let both = try await fixture.jobs()
        let small = video("480p", "attachments/\(attachment.id.uuidString.lowercased()).480p.mp4", byteCount: 1_000_000)
        let recorded = try await fixture.recordRenditions(
            [small],
            attachmentID: attachment.id,
            job: both[0],
            replacement: "480p"
        )
        let current = try #require(recorded)
        #expect(current.replacedBy == "720p")
        #expect(try await fixture.jobs().map(\.id) == [both[1].id])
        // Nor does a job of an earlier time.
        #expect(try await replace(fixture, current, small, both[1]) == .outdated)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == current)
        // And with no job left, none comes.
        try await fixture.endRendition(
            attachmentID: attachment.id,
            job: both[1],
            outcome: .done,
            reason: "no",
            replacement: "480p"
        )
        #expect(try await fixture.jobs().isEmpty)
    }

    /// The attachment with a rendition and the job that is to put it in the original's place.
    private func replaceable(_ fixture: CatalogFixture) async throws -> (CatalogAttachment, Rendition, Job) {
        let attachment = try await fixture.readyVideo(requests: ["720p"])
        let job = try #require(try await fixture.jobs().first)
        let made = video("720p", "attachments/\(attachment.id.uuidString.lowercased()).720p.mp4")
        let recorded = try await fixture.recordRenditions(
            [made],
            attachmentID: attachment.id,
            job: job,
            replacement: "720p"
        )
        return (try #require(recorded), made, try #require(try await fixture.jobs().first))
    }

    private func replace(
        _ fixture: CatalogFixture,
        _ attachment: CatalogAttachment,
        _ rendition: Rendition,
        _ job: Job
    ) async throws -> OriginalReplacement {
        try await fixture.catalog.replaceOriginal(
            of: attachment,
            by: rendition,
            facts: MediaFacts(durationMilliseconds: 60_010, width: 1280, height: 720, codec: "h264"),
            fileName: "Füße + 100%.mp4",
            job: try await fixture.claimed(job),
            purgeAfter: fixture.start.addingTimeInterval(900),
            at: fixture.start
        )
    }

    @Test func `object, size, type, digest and facts are the rendition's then, and its row is gone`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, made, job) = try await replaceable(fixture)
        var expected = attachment
        expected.objectKey = made.objectKey
        expected.fileSize = 4_000_000
        expected.storedSHA256 = digest
        expected.replacedBy = "720p"
        expected.renditions = attachment.renditions.filter { $0.name == "thumbnail" }
        expected.durationMilliseconds = 60_010
        (expected.width, expected.height, expected.codec) = (1280, 720, "h264")
        #expect(try await replace(fixture, attachment, made, job) == .replaced(expected))
        #expect(try await fixture.catalog.attachment(id: attachment.id) == expected)
        #expect(expected.sha256 == attachment.sha256)
        #expect(try await fixture.jobs().isEmpty)
        // Quotas count what is stored.
        let bytes = "SELECT bytes FROM storage_usage WHERE owner_kind = 'user' AND owner_id = 'ann'"
        #expect(try fetchTexts(bytes, at: fixture.path) == ["4000000"])
        // URLs of the object of before may be in use until then.
        let purge = try #require(try await fixture.jobs([.purge]).first)
        #expect(purge.objectKeys == [attachment.objectKey])
        #expect(purge.runAfter == fixture.start.addingTimeInterval(900))
        #expect(purge.userID == "ann")
        let line = try #require(try await fixture.catalog.activities(limit: 1).first)
        #expect(line.action == .filePurged)
        #expect(line.cause == .replaced)
        #expect(line.objectKey == attachment.objectKey)
        #expect(line.attachmentID == attachment.id)
        #expect(line.userID == "ann")
        #expect(line.occurredAt == fixture.start)
    }

    @Test(arguments: ["deleted", "revoked"])
    func `what is left of the original goes at once where the attachment is`(how: String) async throws {
        let fixture = try await CatalogFixture()
        let (attachment, made, job) = try await replaceable(fixture)
        let other = try await fixture.readyVideo()
        _ = try await replace(fixture, attachment, made, job)
        // Another one's deletion hastens nothing.
        _ = try await fixture.catalog.deleteAttachment(
            id: other.id,
            activity: fixture.activity(.fileDeleted, of: other)
        )
        func due(_ date: Date) async throws -> [String] {
            try await fixture.catalog.nextJobs(limit: 100, now: date).filter { $0.kind == .purge }.flatMap(\.objectKeys)
        }
        let soon = fixture.start.addingTimeInterval(60)
        #expect(try await !due(soon).contains(attachment.objectKey))
        if how == "deleted" {
            _ = try await fixture.catalog.deleteAttachment(
                id: attachment.id,
                activity: fixture.activity(.fileDeleted, of: attachment)
            )
        } else {
            _ = try await fixture.catalog.requestRevocation(attachmentID: attachment.id, at: fixture.start)
        }
        #expect(try await due(soon).contains(attachment.objectKey))
    }

    @Test func `other work on the attachment goes first`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, made, job) = try await replaceable(fixture)
        let again = try #require(try await fixture.requeue(attachment))
        #expect(try await replace(fixture, attachment, made, job) == .busy)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.jobs().map(\.name) == ["original"])
        try await fixture.catalog.endJob(again, outcome: .done)
        guard case .replaced = try await replace(fixture, attachment, made, job) else {
            Issue.record("it was not replaced")
            return
        }
    }

    @Test func `a file that is another than was verified is not touched, and the job is over`() async throws {
        let fixture = try await CatalogFixture()
        let (attachment, made, job) = try await replaceable(fixture)
        var verified = made
        verified.sha256 = String(repeating: "00", count: 32)
        #expect(try await replace(fixture, attachment, verified, job) == .outdated)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.jobs().isEmpty)
        #expect(try await fixture.jobs([.purge]).isEmpty)
    }
}
