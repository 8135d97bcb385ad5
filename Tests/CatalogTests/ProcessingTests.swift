import Catalog
import Foundation
import TestSupport
import Testing

struct ProcessingTests {
    @Test func `finished processing stores facts and renditions, and removes the job and the intents`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let renditions = [
            Rendition(
                name: "thumbnail",
                objectKey: "a/thumbnail.jpg",
                width: 320,
                height: 180,
                mediaType: "image/jpeg",
                byteCount: 9_001
            ),
            Rendition(
                name: "preview",
                objectKey: "a/preview.webp",
                width: 1280,
                height: 720,
                mediaType: "image/webp",
                byteCount: 70_002
            ),
            Rendition(
                name: "storyboard-index",
                objectKey: "a/storyboard.vtt",
                width: nil,
                height: nil,
                mediaType: "text/vtt",
                byteCount: 403
            ),
        ]
        try await fixture.catalog.insertIntents(fixture.intents(for: renditions) + [fixture.intent(for: attachment)])
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(
                facts: allFacts,
                renditions: renditions,
                placeholder: "1QcSHQRnh493V4dIh4eXh1h4kJUI"
            ),
            job: job
        )
        var expected = attachment
        expected.status = .ready
        expected.durationMilliseconds = 120_000
        expected.width = 1920
        expected.height = 1080
        expected.bitrate = 5000
        expected.frameRate = 25
        expected.isVariableFrameRate = true
        expected.frameCount = 3000
        expected.codec = "h264"
        expected.audioCodec = "aac"
        expected.sampleRate = 48_000
        expected.channels = 2
        expected.rotation = 90
        expected.hasAlpha = false
        expected.isAnimated = true
        expected.hdrTransfer = .hlg
        expected.capturedAt = "2024-05-01T12:34:56+02:00"
        // The thumbnail first, the others by name.
        expected.renditions = [renditions[0], renditions[1], renditions[2]]
        expected.placeholder = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
        #expect(finished == expected)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == expected)
        #expect(try await fixture.catalog.attachments(messageID: fixture.message.id) == [expected])
        let seen = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "bob")
        #expect(seen?.attachment == expected)
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
        #expect(try await fixture.catalog.intents().map(\.objectKey) == [attachment.objectKey])
    }

    @Test func `intents are stored all or none`() async throws {
        let fixture = try await CatalogFixture()
        let earlier = fixture.intents(for: [.sample("preview", "a/preview.jpg")])
        try await fixture.catalog.insertIntents(earlier)
        let both = fixture.intents(for: [.sample("thumbnail", "a/thumbnail.jpg"), .sample("preview", "a/preview.jpg")])
        #expect(try await errorCode { try await fixture.catalog.insertIntents(both) } == .constraint)
        #expect(try await fixture.catalog.intents() == earlier)
    }

    @Test func `a file that is ready may say why there is no picture of it`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(width: 9000, height: 9000), pictureFailure: "too_many_pixels"),
            job: job
        )
        #expect(finished?.status == .ready)
        #expect(finished?.failureReason == "too_many_pixels")
        #expect(finished?.renditions == [])
    }

    @Test func `renditions that replace others queue the deletion of what nothing refers to any more`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment(status: .ready)
        try await fixture.commit(attachment)
        let rounds: [(renditions: [Rendition], deleted: Set<String>)] = [
            ([.sample("thumbnail", "a/t.jpg"), .sample("preview", "a/p.jpg")], []),
            ([.sample("thumbnail", "a/t.jpg"), .sample("preview", "a/p.jpg")], []),
            ([.sample("thumbnail", "a/t.webp"), .sample("preview", "a/p.jpg")], ["a/t.jpg"]),
            // The same object under another name is the same object.
            ([.sample("large", "a/p.jpg")], ["a/t.jpg", "a/t.webp"]),
            ([], ["a/t.jpg", "a/t.webp", "a/p.jpg"]),
        ]
        for round in rounds {
            let job = try #require(try await fixture.requeue(attachment))
            let finished = try await fixture.finishProcessing(
                attachmentID: attachment.id,
                outcome: MediaOutcome(renditions: round.renditions),
                job: job
            )
            #expect(finished?.renditions == round.renditions)
            let queued = try await fixture.catalog.nextJobs(limit: 10)
            #expect(Set(queued.flatMap(\.objectKeys)) == round.deleted)
        }
    }

    @Test func `processing that finishes after the deletion stores nothing and queues its renditions`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.catalog.deleteAttachment(
            id: attachment.id,
            activity: fixture.activity(.fileDeleted, of: attachment)
        )
        let late: [Rendition] = [.sample("thumbnail", "thumbnails/late"), .sample("preview", "previews/late")]
        try await fixture.catalog.insertIntents(fixture.intents(for: late))
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(width: 1, height: 1), renditions: late),
            job: job
        )
        #expect(finished == nil)
        #expect(try await fixture.catalog.intents().isEmpty)
        let keys = try await fixture.catalog.nextJobs(limit: 10).map(\.objectKeys)
        #expect(Set(keys) == [[attachment.objectKey], ["thumbnails/late", "previews/late"]])
        let failed = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "crashed",
            facts: MediaFacts(width: 1, height: 1),
            job: job
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
            job: job
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
            job: try await fixture.claimed(second)
        )
        #expect(again?.failureReason == "timed_out")
        #expect(again?.durationMilliseconds == 10)

        let third = try await fixture.claimed(try #require(try await fixture.requeue(attachment)))
        let code = try await errorCode {
            _ = try await fixture.catalog.failProcessing(
                attachmentID: attachment.id,
                reason: "",
                facts: nil,
                job: third
            )
        }
        #expect(code == .constraint)
        #expect(try await fixture.catalog.job(attachmentID: attachment.id, kind: .process) == third)

        let repaired = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(width: 2, height: 2)),
            job: third
        )
        #expect(repaired?.status == .ready)
        #expect(repaired?.failureReason == nil)
        #expect(repaired?.durationMilliseconds == nil)
    }

    @Test func `the late end of a job that is over changes nothing, and leaves no object behind`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        let ready = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(
                facts: MediaFacts(width: 640, height: 360),
                renditions: [.sample("thumbnail", "thumbnails/one")]
            ),
            job: job
        )
        #expect(ready?.status == .ready)
        let failed = try await fixture.catalog.failProcessing(
            attachmentID: attachment.id,
            reason: "crashed",
            facts: MediaFacts(width: 1, height: 1),
            job: job
        )
        #expect(failed == ready)
        let late: [Rendition] = [.sample("thumbnail", "thumbnails/one"), .sample("preview", "previews/two")]
        try await fixture.catalog.insertIntents(fixture.intents(for: late))
        let finished = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: MediaFacts(width: 2, height: 2), renditions: late),
            job: job
        )
        #expect(finished == ready)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == ready)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(try await fixture.catalog.nextJobs(limit: 10).map(\.objectKeys) == [["previews/two"]])
    }

    @Test func `the job of another attachment is no job of this one`() async throws {
        let fixture = try await CatalogFixture()
        let one = fixture.attachment()
        let two = fixture.attachment()
        try await fixture.commit(one)
        let jobOfTwo = try #require(try await fixture.commit(two))
        let finished = try await fixture.finishProcessing(
            attachmentID: one.id,
            outcome: MediaOutcome(),
            job: jobOfTwo
        )
        #expect(finished == one)
        #expect(try await fixture.catalog.job(attachmentID: two.id, kind: .process) == jobOfTwo)
    }

    private let allFacts = MediaFacts(
        durationMilliseconds: 120_000,
        width: 1920,
        height: 1080,
        bitrate: 5000,
        frameRate: 25,
        isVariableFrameRate: true,
        frameCount: 3000,
        codec: "h264",
        audioCodec: "aac",
        sampleRate: 48_000,
        channels: 2,
        rotation: 90,
        hasAlpha: false,
        isAnimated: true,
        hdrTransfer: .hlg,
        capturedAt: "2024-05-01T12:34:56+02:00"
    )
}
