import Catalog
import Curl
import Foundation
import HTTPTypes
import Media
import NIOCore
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
        #expect(record.renditions.map(\.name) == ["thumbnail"])
        #expect(record.thumbnail?.width == 320)
        #expect(record.thumbnail?.height == 180)
        let key = try #require(record.thumbnail?.objectKey)
        #expect(view.thumbnailURL?.contains("thumbnail.jpg") == true)
        let object = try await fixture.storage.headObject(key: key)
        #expect(object.contentType == "image/jpeg")
        #expect(object.byteCount == record.thumbnail?.byteCount)
        #expect(Set(try await fixture.remains()) == ["object \(record.objectKey)", "object \(key)"])
        #expect(try await fixture.job(of: record.id) == nil)
        #expect(fixture.service.inHandCount == 0)
    }

    @Test func `a picture has a thumbnail and a preview, but neither a duration nor a codec`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let record = try await fixture.upload(try mediaBytes { try $0.jpeg("photo.jpg") }, name: "photo.jpg").attachment
        #expect(record.status == .ready)
        #expect(record.width == 640)
        // Nothing is enlarged.
        #expect(record.renditions.map(\.name) == ["thumbnail", "preview"])
        #expect(record.renditions.map(\.width) == [320, 640])
        #expect(record.durationMilliseconds == nil)
        #expect(record.codec == nil)
        #expect(record.failureReason == nil)
        #expect(try await fixture.catalog.intents().isEmpty)
        #expect(Set(try await fixture.remains()) == Set(record.objectKeys.map { "object \($0)" }))
        try await fixture.service.delete(id: record.id, by: fixture.ann)
        #expect(try await fixture.remains() == [])
    }

    @Test func `a storyboard lies beside its video, with an index that names it`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.makesStoryboards = true }
        let bytes = try mediaBytes { try $0.video("film.mp4", seconds: 12) }
        let view = try await fixture.upload(bytes, name: "film.mp4")
        let renditions = view.attachment.renditions
        #expect(renditions.map(\.name) == ["thumbnail", "storyboard", "storyboardindex"])
        #expect(renditions.map(\.mediaType) == ["image/jpeg", "image/jpeg", "text/vtt"])
        #expect(renditions.map(\.width) == [320, 1_600, nil])
        let index = try await fixture.storage.bytes(of: renditions[2].objectKey)
        #expect(renditions[2].byteCount == Int64(index.count))
        let lines = String(decoding: index, as: UTF8.self).split(separator: "\n")
        #expect(lines.prefix(3) == ["WEBVTT", "00:00:00.000 --> 00:00:01.000", "storyboard.jpg#xywh=0,0,160,90"])
        #expect(lines.last == "storyboard.jpg#xywh=160,90,160,90")
        #expect(renditions[1].objectKey.hasSuffix(".storyboard.jpg"))
        #expect(Set(try await fixture.remains()) == Set(view.attachment.objectKeys.map { "object \($0)" }))
        try await fixture.service.delete(id: view.attachment.id, by: fixture.ann)
        #expect(try await fixture.remains() == [])
    }

    @Test func `the renditions are those that are configured, each under its own URL`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { configuration in
            configuration.renditions = [
                RenditionSpecification(name: "small", bound: .longEdge, pixels: 100),
                RenditionSpecification(name: "wide", bound: .width, pixels: 500, scope: .images),
            ]
        }
        let bytes = try mediaBytes { try $0.jpeg("photo.jpg") }
        let view = try await fixture.upload(bytes, name: "photo.jpg")
        #expect(view.thumbnailURL == nil)
        #expect(view.renditions.map(\.rendition.name) == ["small", "wide"])
        #expect(view.renditions.map(\.rendition.width) == [100, 500])
        let curl = try CurlClient()
        for rendition in view.renditions {
            let response = try await curl.send(CurlRequest(method: .get, url: rendition.url))
            let content = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            #expect(response.status == 200)
            #expect(response.headers[.contentType] == "image/jpeg")
            #expect(response.headers[.contentDisposition]?.contains("\(rendition.rendition.name).jpg") == true)
            #expect(content.starts(with: [0xFF, 0xD8, 0xFF]))
            #expect(Int64(content.count) == rendition.rendition.byteCount)
        }
        await curl.shutdown()
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
        #expect(record.renditions.isEmpty)
        #expect(record.failureReason == nil)
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
    }

    @Test func `a file that cannot be decoded fails with its reason and is not tried again`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path)
        let whole = try clip()
        let record = try await fixture.upload(Array(whole.prefix(whole.count / 2)), name: "clip.mp4").attachment
        #expect(record.status == .failed)
        #expect(record.failureReason == "invalid_data")
        #expect(record.renditions.isEmpty)
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
        let key = try #require(record.thumbnail?.objectKey)
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
        #expect(
            jobs.map(\.objectKeys)
                .contains([ObjectKey.rendition("thumbnail", mediaType: "image/jpeg", of: record.objectKey)])
        )
        let isEmpty = try await fixture.runInBackground { try await fixture.remains().isEmpty }
        #expect(isEmpty)
        #expect(try await fixture.catalog.attachment(id: record.id) == nil)
    }
}
