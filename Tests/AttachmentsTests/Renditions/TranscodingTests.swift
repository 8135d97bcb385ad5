import Catalog
import Foundation
import Media
import TestSupport
import Testing

@testable import Attachments

/// From the upload to the renditions, with the real worker.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct TranscodingTests {
    private func clip(seconds: Double = 3, width: Int = 1280, height: Int = 720) throws -> [UInt8] {
        let media = try MediaFixtures()
        let path = try media.video("clip.mp4", width: width, height: height, seconds: seconds, hasAudio: true)
        return try withExtendedLifetime(media) { try media.bytes(of: path) }
    }

    private func fixture(
        _ configure: (inout TranscodingConfiguration) -> Void
    ) async throws -> ServiceFixture {
        try await ServiceFixture(workerPath: WorkerBinary.path) { configure(&$0.transcoding) }
    }

    /// Runs the background loop until no rendition's job of the attachment is left.
    private func runJobs(_ fixture: ServiceFixture) async throws -> Bool {
        try await fixture.runInBackground {
            let jobs = try await fixture.catalog.nextJobs(limit: 100, now: .distantFuture)
            return !jobs.contains { $0.kind == .transcode || $0.kind == .render }
        }
    }

    private func probe(_ bytes: [UInt8]) throws -> String {
        let media = try MediaFixtures()
        let path = try media.write(bytes, to: "made")
        return try media.output(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=codec_name,width,height:format=duration", "-of", "csv", path]
        )
    }

    @Test func `a video is made smaller after its upload, and plays`() async throws {
        let fixture = try await fixture { $0.videos = [.small] }
        let view = try await fixture.upload(try clip(), name: "clip.mp4")
        #expect(view.attachment.status == .ready)
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        let made = try #require(attachment.renditions.first { $0.name == "360p" })
        #expect([made.width, made.height] == [640, 360])
        let bytes = try await fixture.storage.bytes(of: made.objectKey)
        let told = try probe(bytes)
        #expect(told.contains("h264,640,360"))
        #expect(told.contains("aac"))
        let marks = ["moov", "mdat"].map { Data(bytes).range(of: Data($0.utf8))?.lowerBound ?? .max }
        #expect(marks[0] < marks[1])
        #expect(Int64(bytes.count) < attachment.fileSize)
        let remains = try await fixture.remains()
        #expect(remains.filter { !$0.hasPrefix("object ") } == [])
    }

    @Test func `a sound is made smaller after its upload`() async throws {
        let voice = TranscodeSpecification(name: "voice", container: .opus, shortEdge: nil, audioBitrate: 24)
        let fixture = try await fixture { $0.sounds = [voice] }
        let media = try MediaFixtures()
        let view = try await fixture.upload(
            try media.bytes(of: try media.audio("tone.mp3", seconds: 4)),
            name: "tone.mp3"
        )
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        let made = try #require(attachment.renditions.first { $0.name == "voice" })
        #expect(made.mediaType == "audio/ogg")
        #expect(try probe(try await fixture.storage.bytes(of: made.objectKey)).contains("opus"))
    }

    @Test func `a small video is not made larger, and the reason is noted`() async throws {
        let fixture = try await fixture {
            $0.videos = [
                TranscodeSpecification(name: "360p", container: .mp4, shortEdge: 360, crf: 1, preset: "ultrafast")
            ]
        }
        let view = try await fixture.upload(try clip(seconds: 1, width: 642, height: 362), name: "clip.mp4")
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        #expect(!attachment.renditions.contains { $0.name == "360p" })
        let ended = try await fixture.catalog.endedJobs(kind: .transcode, limit: 9)
        #expect(ended.map(\.outcome) == [.done])
        #expect(ended.first?.lastError?.contains("smaller than the original") == true)
    }

    @Test func `the original gives way to its rendition where it is not to be kept`() async throws {
        let fixture = try await fixture {
            $0.videos = [.small]
            $0.keepsOriginal = false
        }
        let view = try await fixture.upload(try clip(), name: "holiday.mov")
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        #expect(attachment.fileName == "holiday.mp4")
        #expect([attachment.width, attachment.height] == [640, 360])
        #expect(attachment.fileSize < view.attachment.fileSize)
        #expect(attachment.status == .ready)
        let bytes = try await fixture.storage.bytes(of: attachment.objectKey)
        #expect(Int64(bytes.count) == attachment.fileSize)
        #expect(try probe(bytes).contains("h264,640,360"))
        #expect(attachment.thumbnail != nil)
    }

    /// A film, and one that is more than its largest rendition shows.
    private func incomplete(_ kind: String) throws -> [UInt8] {
        let media = try MediaFixtures()
        let film = try media.video("clip.mp4", width: 1280, height: 720, seconds: 3, hasAudio: true)
        switch kind {
        case "two sounds":
            let copy = ["-i", film, "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy"]
            return try media.bytes(of: try media.ffmpeg(copy, to: "two.mp4"))
        case "fragment":
            let copy = ["-i", film, "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"]
            var bytes = Data(try media.bytes(of: try media.ffmpeg(copy, to: "fragments.mp4")))
            let first = try #require(bytes.range(of: Data("moof".utf8)))
            let second = try #require(bytes.range(of: Data("moof".utf8), in: first.upperBound..<bytes.endIndex))
            bytes.replaceSubrange(second, with: Data("free".utf8))
            return [UInt8](bytes)
        default:
            let copy = ["-i", film, "-c", "copy", "-mpegts_flags", "+initial_discontinuity"]
            let part = try media.bytes(of: try media.ffmpeg(copy, to: "part.ts"))
            return part + part
        }
    }

    @Test(arguments: [
        ("two sounds", "clip.mp4", "leaves out further sounds"),
        ("fragment", "clip.mp4", "does not tell whether all of it is there"),
        ("clock", "clip.mts", "picture"),
    ])
    func `an original of which the rendition lacks something stays, and the reason is noted`(
        kind: String,
        name: String,
        reason: String
    ) async throws {
        let fixture = try await fixture {
            $0.videos = [.small]
            $0.keepsOriginal = false
        }
        let original = try incomplete(kind)
        let view = try await fixture.upload(original, name: name)
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        #expect(attachment.objectKey == view.attachment.objectKey)
        #expect(attachment.fileName == name)
        #expect(try await fixture.storage.bytes(of: attachment.objectKey) == original)
        #expect(attachment.renditions.contains { $0.name == "360p" })
        let ended = try await fixture.catalog.endedJobs(kind: .transcode, limit: 9)
        let error = try #require(ended.first { $0.outcome == .failed }?.lastError)
        #expect(error.hasPrefix("The original stays: "))
        #expect(error.contains(reason))
    }

    @Test func `the segments of a step follow each other to the end of the object`() async throws {
        let fixture = try await fixture { $0.ladder = [.smallStep] }
        let view = try await fixture.upload(try clip(seconds: 6), name: "clip.mp4")
        #expect(try await runJobs(fixture))
        let attachment = try #require(try await fixture.catalog.attachment(id: view.attachment.id))
        let step = try #require(attachment.renditions.first { $0.name == "hls360p" })
        let beside = try #require(attachment.renditions.first { $0.name == "hls360pindex" })
        let index = try SegmentIndex(json: Data(try await fixture.storage.bytes(of: beside.objectKey)))
        let bytes = try await fixture.storage.bytes(of: step.objectKey)
        var offset = index.headerByteCount
        for segment in index.segments {
            #expect(segment.offset == offset)
            offset += segment.length
        }
        #expect(offset <= bytes.count)
        #expect(index.segments.count >= 3)
        #expect(abs(index.segments.reduce(0) { $0 + $1.milliseconds } - 6000) <= 200)
        // Header and any one segment are a film by themselves.
        let last = try #require(index.segments.last)
        let part = bytes[..<Int(index.headerByteCount)] + bytes[Int(last.offset)..<Int(last.offset + last.length)]
        #expect(try probe(Array(part)).contains("h264,640,360"))
    }

    @Test func `of a step that is too large the history says so, and not that it has to be smaller`() async throws {
        // Hardly any bits for noise, of which the step is to keep everything.
        let media = try MediaFixtures()
        let path = try media.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30,noise=alls=80:allf=t", "-t", "6",
                "-c:v", "libx264", "-preset", "ultrafast", "-crf", "51", "-pix_fmt", "yuv420p",
            ],
            to: "noise.mp4"
        )
        let bytes = try media.bytes(of: path)
        let step = TranscodeSpecification(
            name: "hls480p",
            container: .fragmented,
            shortEdge: 480,
            crf: 1,
            preset: "ultrafast"
        )
        let fixture = try await fixture { $0.ladder = [step] }
        let view = try await fixture.upload(bytes, name: "noise.mp4")
        #expect(try await runJobs(fixture))
        let ended = try #require(try await fixture.catalog.endedJobs(kind: .transcode, limit: 9).first)
        #expect(ended.outcome == .done)
        let most = bytes.count * 2 + 4 << 20
        #expect(ended.lastError == "it would have more than \(most) bytes, twice the original's and 4 MiB")
        let attachment = try await fixture.catalog.attachment(id: view.attachment.id)
        #expect(attachment?.renditions.contains { $0.name == "hls480p" } == false)
    }
}
