import Catalog
import Crypto
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// What becomes of an encoded file: stored, recorded, and put in the original's place.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RenditionStorageTests {
    private static let wholeStream = TranscodedStream(
        lossCount: 0,
        dropCount: 0,
        gapCount: 0,
        source: .init(begin: 0, end: 2000),
        output: .init(begin: 0, end: 2000)
    )
    private static let whole = TranscodedStreams(picture: wholeStream, sound: wholeStream, leftOut: [])

    private func made(
        _ byteCount: Int,
        segments: [TranscodedFile.Segment] = [],
        streams: TranscodedStreams? = whole
    ) -> TranscodedFile {
        TranscodedFile(
            byteCount: Int64(byteCount),
            milliseconds: 2000,
            width: 640,
            height: 360,
            frameRate: 25,
            codecs: "avc1.64001e,mp4a.40.2",
            headerByteCount: segments.first?.offset ?? 0,
            segments: segments,
            streams: streams
        )
    }

    private func hex(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }

    // One PUT, and three parts of 5 MiB at most.
    @Test(arguments: [300_000, 12 << 20])
    func `a rendition is stored whole and recorded with its digest`(byteCount: Int) async throws {
        let fixture = try await ServiceFixture { $0.transcoding.videos = [.small] }
        let original = document(byteCount: 1000)
        let attachment = try await fixture.readyVideo(original, milliseconds: 2000, requests: ["360p"])
        let job = try #require(try await fixture.claimedJob("360p", of: attachment))
        let bytes = document(byteCount: byteCount, seed: 7)
        let file = try fixture.encoded(bytes)
        try await fixture.service.store(made(byteCount), file, as: .small, of: attachment, job: job)
        file.remove()
        let rendition = try #require(try await fixture.catalog.attachment(id: attachment.id)?.renditions.first)
        #expect(rendition.name == "360p")
        #expect(rendition.mediaType == "video/mp4")
        #expect(rendition.byteCount == Int64(byteCount))
        #expect(rendition.sha256 == hex(bytes))
        #expect(rendition.objectKey == attachment.objectKey.replacingOccurrences(of: ".original", with: ".360p.mp4"))
        #expect(try await fixture.storage.bytes(of: rendition.objectKey) == bytes)
        #expect(try await fixture.storage.headObject(key: rendition.objectKey).contentType == "video/mp4")
        #expect(try await fixture.catalog.endedJob(id: job.id)?.outcome == .done)
        #expect(
            try await fixture.remains().sorted()
                == ["object \(attachment.objectKey)", "object \(rendition.objectKey)"].sorted()
        )
    }

    @Test func `a step of the ladder is stored with its index beside it`() async throws {
        let fixture = try await ServiceFixture { $0.transcoding.ladder = [.smallStep] }
        let attachment = try await fixture.readyVideo(document(byteCount: 9), milliseconds: 2000, requests: ["hls360p"])
        let job = try #require(try await fixture.claimedJob("hls360p", of: attachment))
        let bytes = document(byteCount: 3000)
        let segments = [
            TranscodedFile.Segment(offset: 800, length: 1200, milliseconds: 1000),
            TranscodedFile.Segment(offset: 2000, length: 1000, milliseconds: 1000),
        ]
        let file = try fixture.encoded(bytes)
        try await fixture.service.store(made(3000, segments: segments), file, as: .smallStep, of: attachment, job: job)
        file.remove()
        let stored = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(stored.renditions.map(\.name) == ["hls360p", "hls360pindex"])
        let index = try SegmentIndex(json: Data(try await fixture.storage.bytes(of: stored.renditions[1].objectKey)))
        #expect(index.segments == segments)
        #expect(index.headerByteCount == 800)
        #expect(stored.renditions.filter(\.isPartOfLadder).count == 2)
        // Without links there is nothing to see of it.
        #expect(try fixture.service.view(of: stored).renditions.isEmpty)
    }

    @Test func `a rendition of an attachment that was deleted meanwhile leaves nothing`() async throws {
        let fixture = try await ServiceFixture { $0.transcoding.videos = [.small] }
        let attachment = try await fixture.readyVideo(document(byteCount: 9), milliseconds: 2000, requests: ["360p"])
        let job = try #require(try await fixture.claimedJob("360p", of: attachment))
        let file = try fixture.encoded(document(byteCount: 5000))
        try await fixture.service.delete(id: attachment.id, by: fixture.ann)
        try await fixture.service.store(made(5000), file, as: .small, of: attachment, job: job)
        file.remove()
        let isClean = try await fixture.runInBackground { try await fixture.remains().isEmpty }
        #expect(isClean)
    }

    @Test func `what jobs of their own made goes with the attachment, and moves where URLs are ended`() async throws {
        let fixture = try await ServiceFixture { $0.transcoding.videos = [.small] }
        let attachment = try await fixture.readyVideo(document(byteCount: 9), milliseconds: 2000, requests: ["360p"])
        let job = try #require(try await fixture.claimedJob("360p", of: attachment))
        let bytes = document(byteCount: 5000)
        let file = try fixture.encoded(bytes)
        try await fixture.service.store(made(5000), file, as: .small, of: attachment, job: job)
        file.remove()
        let before = try #require(try await fixture.catalog.attachment(id: attachment.id))
        let isOver = try await fixture.service.revoke(id: attachment.id, by: fixture.ann).isOver
        #expect(isOver)
        let after = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(Set(after.objectKeys).isDisjoint(with: before.objectKeys))
        #expect(after.renditions.first?.sha256 == before.renditions.first?.sha256)
        #expect(try await fixture.storage.bytes(of: after.renditions[0].objectKey) == bytes)
        try await fixture.service.delete(id: attachment.id, by: fixture.ann)
        #expect(try await fixture.remains() == [])
    }

    // MARK: - The original's place

    /// An attachment with a rendition of the given bytes, and the claimed job that is to put it in the original's place.
    private func replaceable(
        _ fixture: ServiceFixture,
        original: [UInt8],
        milliseconds: Int64,
        rendition: [UInt8],
        streams: TranscodedStreams? = whole
    ) async throws -> (CatalogAttachment, Job) {
        let attachment = try await fixture.readyVideo(original, milliseconds: milliseconds, requests: ["360p"])
        let job = try #require(try await fixture.claimedJob("360p", of: attachment))
        let file = try fixture.encoded(rendition)
        var known = streams
        known?.sourceSHA256 = hex(original)
        let made = made(rendition.count, streams: known)
        try await fixture.service.store(made, file, as: .small, of: attachment, job: job)
        file.remove()
        let stored = try #require(try await fixture.catalog.attachment(id: attachment.id))
        return (stored, try #require(try await fixture.claimedJob("original", of: attachment)))
    }

    private func fixture() async throws -> ServiceFixture {
        try await ServiceFixture(workerPath: WorkerBinary.path) {
            $0.transcoding.videos = [.small]
            $0.transcoding.keepsOriginal = false
            $0.urlLifetime = .seconds(1)
            $0.urlWindow = .seconds(1)
        }
    }

    private func clip(seconds: Double, width: Int, height: Int) throws -> [UInt8] {
        let media = try MediaFixtures()
        let path = try media.video("clip.mp4", width: width, height: height, seconds: seconds, hasAudio: true)
        return try withExtendedLifetime(media) { try media.bytes(of: path) }
    }

    @Test func `the original is replaced also where the last other rendition was begun too often`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) {
            $0.transcoding.videos = [
                .small, TranscodeSpecification(name: "240p", container: .mp4, shortEdge: 240, maxBitrate: 300),
            ]
            $0.transcoding.keepsOriginal = false
        }
        let rendition = document(byteCount: 1_000)
        let attachment = try await fixture.readyVideo(
            document(byteCount: 200_000),
            milliseconds: 2000,
            requests: ["360p", "240p"]
        )
        let made = try #require(try await fixture.claimedJob("360p", of: attachment))
        let file = try fixture.encoded(rendition)
        try await fixture.service.store(self.made(rendition.count), file, as: .small, of: attachment, job: made)
        file.remove()
        let past = Date(timeIntervalSinceNow: -1)
        for _ in 0..<8 {
            let job = try #require(try await fixture.claimedJob("240p", of: attachment))
            try await fixture.catalog.postponeJob(job, until: past, error: "it ended", countsAttempt: true)
        }
        #expect(try await fixture.claimedJob("original", of: attachment) == nil)
        let due = try await fixture.catalog.nextJobs(limit: 9)
        let poison = try #require(due.first { $0.name == "240p" })
        #expect(await fixture.service.claim(poison) == nil)
        #expect(try await fixture.catalog.endedJob(id: poison.id)?.outcome == .dead)
        #expect(try await fixture.claimedJob("original", of: attachment) != nil)
    }

    @Test func `a verified rendition takes the place of the original, which is deleted when its URLs are over`()
        async throws
    {
        let fixture = try await fixture()
        let rendition = try clip(seconds: 2, width: 640, height: 360)
        let original = rendition + document(byteCount: 200_000)
        let (attachment, job) = try await replaceable(
            fixture,
            original: original,
            milliseconds: 2000,
            rendition: rendition
        )
        try await fixture.service.replaceOriginal(of: attachment, job: job, telling: .untold)
        let replaced = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(replaced.objectKey == attachment.renditions[0].objectKey)
        #expect(replaced.renditions.isEmpty)
        #expect(replaced.fileSize == Int64(rendition.count))
        #expect(replaced.mediaType == "video/mp4")
        #expect(replaced.storedSHA256 == hex(rendition))
        #expect(replaced.sha256 == attachment.sha256)
        #expect(replaced.fileName == "clip.mp4")
        #expect([replaced.width, replaced.height] == [640, 360])
        #expect(replaced.capturedAt == "2024-05-01T12:34:56+02:00")
        #expect(try await fixture.storage.bytes(of: replaced.objectKey) == rendition)
        let isAlone = try await fixture.runInBackground {
            try await fixture.remains() == ["object \(replaced.objectKey)"]
        }
        #expect(isAlone)
    }

    @Test func `a video that is the original already is neither asked for nor made of it again`() async throws {
        let fixture = try await fixture()
        let rendition = try clip(seconds: 2, width: 640, height: 360)
        let (attachment, job) = try await replaceable(
            fixture,
            original: rendition + document(byteCount: 200_000),
            milliseconds: 2000,
            rendition: rendition
        )
        try await fixture.service.replaceOriginal(of: attachment, job: job, telling: .untold)
        let replaced = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(replaced.replacedBy == "360p")
        let facts = MediaFacts(durationMilliseconds: 2000, width: 640, height: 360, bitrate: 90_000, codec: "h264")
        #expect(fixture.service.renditionRequests(for: replaced, as: facts).isEmpty)
        // A job that was asked for otherwise.
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        let due = try #require(try await fixture.catalog.nextJobs(limit: 9).first { $0.kind == .import })
        let again = try #require(
            try await fixture.catalog.claimJob(due, leaseUntil: Date(timeIntervalSinceNow: 600))
        )
        _ = try await fixture.catalog.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(facts: facts, requests: [RenditionRequest(kind: .transcode, name: "360p")]),
            job: again
        )
        let queued = try #require(
            try await fixture.catalog.nextJobs(limit: 9, now: .distantFuture).first { $0.kind == .transcode }
        )
        await fixture.service.runRendition(queued)
        let ended = try await fixture.catalog.endedJob(id: queued.id)
        #expect(ended?.outcome == .done)
        #expect(ended?.lastError == "a rendition as large is the original already")
        let left = try await fixture.catalog.nextJobs(limit: 9, now: .distantFuture)
        #expect(!left.contains { $0.kind == .transcode })
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.objectKey == replaced.objectKey)
    }

    @Test func `what is not the original's equal does not take its place`() async throws {
        let fixture = try await fixture()
        let rendition = try clip(seconds: 2, width: 640, height: 360)
        let original = rendition + document(byteCount: 200_000)
        // Half as long.
        let (short, shortJob) = try await replaceable(
            fixture,
            original: original,
            milliseconds: 4000,
            rendition: rendition
        )
        await #expect(throws: ReplacementRefused.self) {
            try await fixture.service.replaceOriginal(of: short, job: shortJob, telling: .untold)
        }
        // Not to be decoded.
        let (broken, brokenJob) = try await replaceable(
            fixture,
            original: original,
            milliseconds: 2000,
            rendition: document(byteCount: 9000)
        )
        await #expect(throws: ReplacementRefused.self) {
            try await fixture.service.replaceOriginal(of: broken, job: brokenJob, telling: .untold)
        }
        // Other bytes than were encoded, as many of them.
        let (changed, changedJob) = try await replaceable(
            fixture,
            original: original,
            milliseconds: 2000,
            rendition: rendition
        )
        _ = try await fixture.storage.putObject(
            key: changed.renditions[0].objectKey,
            body: .bytes(.init(bytes: rendition.dropLast() + [rendition[rendition.count - 1] ^ 1])),
            contentType: "video/mp4"
        )
        await #expect(throws: ReplacementRefused.self) {
            try await fixture.service.replaceOriginal(of: changed, job: changedJob, telling: .untold)
        }
        for attachment in [short, broken, changed] {
            #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
            #expect(try await fixture.storage.bytes(of: attachment.objectKey) == original)
        }
    }

    @Test func `a rendition whose making lost something, or of which that is not known, takes no place`() async throws {
        let fixture = try await fixture()
        let rendition = try clip(seconds: 2, width: 640, height: 360)
        let original = rendition + document(byteCount: 200_000)
        var damaged = Self.whole
        damaged.sound?.lossCount = 3
        for (streams, reason) in [(damaged, "sound does not decode in 3 places"), (nil, "nothing is known")] {
            let (attachment, job) = try await replaceable(
                fixture,
                original: original,
                milliseconds: 2000,
                rendition: rendition,
                streams: streams
            )
            var known = streams
            known?.sourceSHA256 = hex(original)
            #expect(attachment.renditions.first?.transcodedStreams == known)
            let refusal = await #expect(throws: ReplacementRefused.self) {
                try await fixture.service.replaceOriginal(of: attachment, job: job, telling: .untold)
            }
            #expect(refusal?.description.contains(reason) == true)
            #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
            #expect(try await fixture.storage.bytes(of: attachment.objectKey) == original)
        }
    }

    @Test(arguments: [true, false])
    func `nothing is made of other bytes than were stored`(isAsLong: Bool) async throws {
        let fixture = try await fixture()
        let original = try clip(seconds: 2, width: 1280, height: 720) + document(byteCount: 200_000)
        let attachment = try await fixture.readyVideo(original, milliseconds: 2000, requests: ["360p"])
        let changed = original.dropLast() + (isAsLong ? [original[original.count - 1] ^ 1] : [])
        _ = try await fixture.storage.putObject(
            key: attachment.objectKey,
            body: .bytes(.init(bytes: changed)),
            contentType: "video/mp4"
        )
        let queued = try #require(
            try await fixture.catalog.nextJobs(limit: 9, now: .distantFuture).first { $0.name == "360p" }
        )
        await fixture.service.runRendition(queued)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.renditions.isEmpty == true)
        // Another attempt may get the right ones.
        let later = try #require(
            try await fixture.catalog.nextJobs(limit: 9, now: .distantFuture).first { $0.name == "360p" }
        )
        #expect(later.attempts == 1)
        #expect(later.lastError?.contains(isAsLong ? "SHA-256" : "\(original.count - 1) bytes") == true)
        #expect(try await fixture.remains().filter { $0.hasPrefix("object ") } == ["object \(attachment.objectKey)"])
    }

    @Test func `a rendition is recorded with the digest of what it was made of`() async throws {
        let fixture = try await fixture()
        let original = try clip(seconds: 2, width: 1280, height: 720)
        let attachment = try await fixture.readyVideo(original, milliseconds: 2000, requests: ["360p"])
        let queued = try #require(try await fixture.catalog.nextJobs(limit: 9).first { $0.name == "360p" })
        await fixture.service.runRendition(queued)
        let rendition = try #require(try await fixture.catalog.attachment(id: attachment.id)?.renditions.first)
        #expect(rendition.transcodedStreams?.sourceSHA256 == hex(original))
        #expect(rendition.transcodedStreams?.leftOut == [])
    }

    @Test func `an original that is no larger stays`() async throws {
        let fixture = try await fixture()
        let rendition = try clip(seconds: 1, width: 640, height: 360)
        let (attachment, job) = try await replaceable(
            fixture,
            original: rendition,
            milliseconds: 1000,
            rendition: rendition
        )
        try await fixture.service.replaceOriginal(of: attachment, job: job, telling: .untold)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        let ended = try await fixture.catalog.endedJob(id: job.id)
        #expect(ended?.outcome == .done)
        #expect(ended?.lastError == "no rendition is smaller than the original")
    }
}
