import Catalog
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// A process beside the server that was killed between the store of an object and its record, and who does its job again.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct HinderedRenditionTests {
    /// Leaves the object and its intent; answers the catalog of the dead process, which gave its last sign just now.
    private func dieStoring(_ key: String, _ fixture: ServiceFixture) async throws -> Catalog {
        let worker = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        try await worker.registerRunner(.work, processID: 2)
        try await worker.insertIntent(
            UploadIntent(id: .version7(), objectKey: key, userID: "ann", createdAt: Date())
        )
        _ = try await fixture.storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(string: "of the dead process")),
            contentType: "application/octet-stream"
        )
        return worker
    }

    /// Has the job put off and due again so many times, without an attempt.
    private func makeDue(_ id: Int64, afterDelays count: Int, _ fixture: ServiceFixture) async throws {
        for _ in 0..<count {
            guard let job = try await fixture.catalog.job(id: id) else { return }
            try await fixture.catalog.postponeJob(
                job,
                until: Date(timeIntervalSinceNow: -1),
                error: "made due by a test",
                countsAttempt: false
            )
        }
    }

    private func film() throws -> [UInt8] {
        try mediaBytes { try $0.video("film.mp4", width: 1280, height: 720, seconds: 3, hasAudio: true) }
    }

    // There is no worker: who came so far as to encode would tell of that.
    @Test(arguments: [("360p", "360p", "video/mp4"), ("hls360p", "hls360pindex", "application/json")])
    func `nothing is encoded while an intent is in the way, which costs no attempt`(
        name: String,
        hindered: String,
        mediaType: String
    ) async throws {
        let fixture = try await ServiceFixture {
            $0.transcoding.videos = [.small]
            $0.transcoding.ladder = [.smallStep]
        }
        let attachment = try await fixture.readyVideo(
            document(byteCount: 9_000),
            milliseconds: 3000,
            requests: [name]
        )
        _ = try await dieStoring(
            ObjectKey.rendition(hindered, mediaType: mediaType, of: attachment.objectKey),
            fixture
        )
        let queued = try #require(try await fixture.catalog.nextJobs(kinds: [.transcode], limit: 1).first)
        await fixture.service.runRendition(queued)
        let putOff = try #require(try await fixture.catalog.job(id: queued.id))
        #expect(putOff.lastError == "\(UnsweptRendition())")
        #expect(putOff.attempts == 0)
        #expect(putOff.delays == 1)
        #expect(!putOff.isLeased)
        // However often it was put off, it goes on soon after the end of the intent.
        try await makeDue(queued.id, afterDelays: 12, fixture)
        await fixture.service.runRendition(try #require(try await fixture.catalog.job(id: queued.id)))
        let later = try #require(try await fixture.catalog.job(id: queued.id))
        #expect(later.attempts == 0)
        #expect(later.delays == 14)
        #expect(later.runAfter > Date(timeIntervalSinceNow: 1))
        #expect(later.runAfter < Date(timeIntervalSinceNow: 11))
        #expect(try await fixture.storage.listObjects().count == 2)
        #expect(try fixture.spoolFiles() == [])
    }

    @Test func `the rendition is made once when the process counts as dead, and leaves nothing else`() async throws {
        let fixture = try await ServiceFixture { $0.transcoding.videos = [.small] }
        let attachment = try await fixture.readyVideo(try film(), milliseconds: 3000, requests: ["360p"])
        let key = ObjectKey.rendition("360p", mediaType: "video/mp4", of: attachment.objectKey)
        let worker = try await dieStoring(key, fixture)
        let queued = try #require(try await fixture.catalog.nextJobs(kinds: [.transcode], limit: 1).first)
        await fixture.service.runRendition(queued)
        #expect(try await fixture.catalog.job(id: queued.id)?.lastError == "\(UnsweptRendition())")
        try await worker.registerRunner(.work, processID: 2, at: Date(timeIntervalSinceNow: -121))
        try await fixture.restart { $0.transcoding.videos = [.small] }
        let isSwept = try await fixture.runInBackground { try await fixture.catalog.intents().isEmpty }
        #expect(isSwept)
        try await makeDue(queued.id, afterDelays: 1, fixture)
        let isOver = try await fixture.runInBackground { try await fixture.catalog.job(id: queued.id) == nil }
        #expect(isOver)
        let ended = try #require(try await fixture.catalog.endedJob(id: queued.id))
        #expect(ended.outcome == .done)
        #expect(ended.attempts == 1)
        let stored = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(stored.renditions.map(\.objectKey) == [key])
        let byteCount = try await fixture.storage.headObject(key: key).byteCount
        #expect(byteCount == stored.renditions.first?.byteCount)
        let remains = try await fixture.remains()
        #expect(Set(remains) == ["object \(attachment.objectKey)", "object \(key)"])
    }

    @Test func `pictures are not made either while an intent of an earlier attempt is in the way`() async throws {
        let fixture = try await ServiceFixture()
        let attachment = try await fixture.commitAndDie(try clip())
        try await fixture.catalog.registerRunner(.serve, processID: 1)
        _ = try await dieStoring(
            ObjectKey.rendition("thumbnail", mediaType: "image/jpeg", of: attachment.objectKey),
            fixture
        )
        let queued = try #require(try await fixture.catalog.nextJobs(kinds: [.process], limit: 1).first)
        #expect(queued.attempts == 1)
        _ = await fixture.service.run(queued)
        let putOff = try #require(try await fixture.job(of: attachment.id))
        #expect(putOff.lastError == "\(UnsweptRendition())")
        #expect(putOff.attempts == 1)
        #expect(putOff.delays == 1)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.status == .processing)
        #expect(try fixture.spoolFiles() == [])
    }
}
