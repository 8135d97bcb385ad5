import Catalog
import Foundation
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ProcessingTests {
    @Test func `a video is ready with its facts and a thumbnail, and nothing else is left`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let view = try await fixture.upload(try clip(), name: "clip.mp4")
        let record = view.attachment
        #expect(record.status == .ready)
        #expect(record.width == 640)
        #expect(record.height == 360)
        #expect(record.codec == "h264")
        #expect(record.durationMilliseconds == 2_000)
        #expect(record.thumbnailWidth == 320)
        #expect(record.thumbnailHeight == 180)
        let key = try #require(record.thumbnailKey)
        #expect(view.thumbnailURL?.contains("thumbnail.jpg") == true)
        #expect(try await fixture.storage.headObject(key: key).contentType == "image/jpeg")
        #expect(Set(try await fixture.remains()) == ["object \(record.objectKey)", "object \(key)"])
        #expect(try await fixture.job(of: record.id) == nil)
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `a picture has a thumbnail, but neither a duration nor a codec`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let record = try await fixture.upload(try mediaBytes { try $0.jpeg("photo.jpg") }, name: "photo.jpg").attachment
        #expect(record.status == .ready)
        #expect(record.width == 640)
        #expect(record.thumbnailKey != nil)
        #expect(record.durationMilliseconds == nil)
        #expect(record.codec == nil)
    }

    @Test func `a sound has a duration, but neither a thumbnail nor a size`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let record = try await fixture.upload(try mediaBytes { try $0.audio("tone.m4a") }, name: "tone.m4a").attachment
        #expect(record.fileKind == .audio)
        #expect(record.status == .ready)
        let duration = try #require(record.durationMilliseconds)
        #expect((1_900...2_200).contains(duration))
        #expect(record.audioCodec == "aac")
        #expect(record.codec == nil)
        #expect(record.width == nil)
        #expect(record.thumbnailKey == nil)
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
    }

    @Test func `a file that cannot be decoded fails with its reason and is not tried again`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let whole = try clip()
        let record = try await fixture.upload(Array(whole.prefix(whole.count / 2)), name: "clip.mp4").attachment
        #expect(record.status == .failed)
        #expect(record.failureReason == "invalid_data")
        #expect(record.thumbnailKey == nil)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: .distantFuture).isEmpty)
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
    }

    @Test func `an answer that does not wait says processing, and the file is ready later`() async throws {
        let worker = try HeldWorker()
        defer { withExtendedLifetime(worker) {} }
        let fixture = try await ServiceFixture(workerPath: worker.path) { $0.inlineWait = .zero }
        let view = try await fixture.upload(try clip(), name: "clip.mp4")
        let id = view.attachment.id
        #expect(view.attachment.status == .processing)
        #expect(view.thumbnailURL == nil)
        // The job is claimed: the loop must not begin it a second time.
        #expect(try await fixture.catalog.nextJobs(limit: 10).isEmpty)
        worker.letGo()
        let record = try #require(try await fixture.runJob(of: id))
        #expect(record.status == .ready)
        let key = try #require(record.thumbnailKey)
        #expect(Set(try await fixture.remains()) == ["object \(record.objectKey)", "object \(key)"])
    }

    @Test func `an attachment that is deleted while it is processed leaves no thumbnail`() async throws {
        let worker = try HeldWorker()
        defer { withExtendedLifetime(worker) {} }
        let fixture = try await ServiceFixture(workerPath: worker.path) { $0.inlineWait = .zero }
        let record = try await fixture.upload(try clip(), name: "clip.mp4").attachment
        try await fixture.service.delete(id: record.id, by: fixture.ann)
        worker.letGo()
        let isOver = try await fixture.eventually { fixture.service.inHandCount == 0 }
        #expect(isOver)
        // It was made all the same: its deletion was asked for.
        let jobs = try await fixture.catalog.nextJobs(limit: 10, now: .distantFuture)
        #expect(jobs.map(\.objectKeys).contains([ObjectKey.thumbnail(original: record.objectKey)]))
        let isEmpty = try await fixture.runInBackground { try await fixture.remains().isEmpty }
        #expect(isEmpty)
        #expect(try await fixture.catalog.attachment(id: record.id) == nil)
    }
}
