import Catalog
import Foundation
import Media
import S3
import TestSupport
import Testing

@testable import Attachments

/// Originals of sounds and still pictures that give way to their renditions, with the real worker.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SmallOriginalTests {
    private static let voice = TranscodeSpecification(name: "voice", container: .opus, shortEdge: nil, audioBitrate: 24)
    private static let web = TranscodeSpecification(name: "web", container: .webp, shortEdge: nil, longEdge: 400)

    private func fixture() async throws -> ServiceFixture {
        try await ServiceFixture(workerPath: WorkerBinary.path) {
            $0.transcoding.sounds = [Self.voice]
            $0.transcoding.stills = [Self.web]
            $0.transcoding.keepsOriginal = false
            $0.urlLifetime = .seconds(1)
            $0.urlWindow = .seconds(1)
        }
    }

    /// Uploads a file and has all of its renditions made; answers the attachment of before and after.
    private func compress(
        _ fixture: ServiceFixture,
        _ bytes: [UInt8],
        name: String
    ) async throws -> (before: CatalogAttachment, after: CatalogAttachment) {
        let view = try await fixture.upload(bytes, name: name)
        #expect(view.attachment.status == .ready)
        let isOver = try await fixture.runInBackground {
            let jobs = try await fixture.catalog.nextJobs(limit: 100, now: .distantFuture)
            return !jobs.contains { $0.kind == .transcode || $0.kind == .render }
        }
        #expect(isOver)
        return (view.attachment, try #require(try await fixture.catalog.attachment(id: view.attachment.id)))
    }

    /// The attachment is its object, in every word.
    private func expectCoherent(_ fixture: ServiceFixture, _ attachment: CatalogAttachment) async throws {
        let object = try await fixture.storage.headObject(key: attachment.objectKey)
        #expect(object.byteCount == attachment.fileSize)
        #expect(object.contentType == attachment.mediaType)
        let bytes = try await fixture.storage.bytes(of: attachment.objectKey)
        let file = try fixture.encoded(bytes)
        defer { file.remove() }
        let digest = try await file.sha256()
        #expect(digest == attachment.storedSHA256)
    }

    private func photo(_ media: MediaFixtures, orientation: Int? = nil) throws -> [UInt8] {
        let path = try media.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=size=1200x800", "-frames:v", "1", "-q:v", "2"],
            to: "photo.jpg"
        )
        let bytes = try media.bytes(of: path)
        guard let orientation else { return bytes }
        let turned = try media.bytes(of: try media.jpeg("turned.jpg", orientation: orientation))
        // The segment with the orientation comes first.
        let length = Int(turned[4]) << 8 | Int(turned[5])
        return Array(bytes[..<2] + turned[2..<4 + length] + bytes[2...])
    }

    @Test(arguments: ["memo.wav", "memo.mp3", "memo.m4a"])
    func `a sound gives way to the one that was made of it`(name: String) async throws {
        let fixture = try await fixture()
        let media = try MediaFixtures()
        let original = try media.bytes(of: try media.audio(name, seconds: 6))
        let (before, after) = try await compress(fixture, original, name: name)
        #expect(after.replacedBy == "voice")
        #expect(after.fileName == "memo.ogg")
        #expect(after.mediaType == "audio/ogg")
        #expect(after.fileKind == .audio)
        #expect(after.audioCodec == "opus")
        #expect(after.fileSize < before.fileSize)
        #expect(after.sha256 == before.sha256)
        #expect(after.channels == 2)
        #expect(after.status == .ready)
        #expect(!after.renditions.contains { $0.name == "voice" })
        try await expectCoherent(fixture, after)
        let view = try fixture.service.view(of: after)
        #expect(view.url?.contains(after.objectKey) == true)
        let isAlone = try await fixture.runInBackground {
            let remains = try await fixture.remains()
            return !remains.contains("object \(before.objectKey)")
        }
        #expect(isAlone)
    }

    @Test func `a photograph gives way to the picture that was made of it`() async throws {
        let fixture = try await fixture()
        let media = try MediaFixtures()
        let (before, after) = try await compress(fixture, try photo(media, orientation: 6), name: "beach.jpeg")
        #expect([before.width, before.height] == [800, 1200])
        #expect(after.replacedBy == "web")
        #expect(after.fileName == "beach.webp")
        #expect(after.mediaType == "image/webp")
        #expect(after.fileKind == .image)
        #expect([after.width, after.height] == [267, 400])
        #expect(after.rotation == 0)
        #expect(after.fileSize < before.fileSize)
        #expect(after.sha256 == before.sha256)
        #expect(after.thumbnail != nil)
        #expect(after.placeholder == before.placeholder)
        #expect(!after.renditions.contains { $0.name == "web" })
        try await expectCoherent(fixture, after)
    }

    @Test func `a picture that can be seen through stays so`() async throws {
        let fixture = try await fixture()
        let media = try MediaFixtures()
        let path = try media.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=size=1200x800,format=rgba,colorchannelmixer=aa=0.5", "-frames:v", "1"]
                + ["-pix_fmt", "rgba"],
            to: "glass.png"
        )
        let (_, after) = try await compress(fixture, try media.bytes(of: path), name: "glass.png")
        #expect(after.fileName == "glass.webp")
        #expect(after.hasAlpha == true)
        try await expectCoherent(fixture, after)
    }

    @Test func `what is processed again makes no rendition of a rendition`() async throws {
        let fixture = try await fixture()
        let media = try MediaFixtures()
        let (_, photo) = try await compress(fixture, try photo(media), name: "a.jpg")
        let tone = try media.bytes(of: try media.audio("a.wav", seconds: 4))
        let (_, sound) = try await compress(fixture, tone, name: "a.wav")
        #expect(try await fixture.catalog.requestReprocessing(of: [photo.id, sound.id]) == 2)
        let isOver = try await fixture.runInBackground {
            try await fixture.catalog.nextJobs(limit: 100, now: .distantFuture)
                .allSatisfy { $0.attachmentID == nil }
        }
        #expect(isOver)
        for earlier in [photo, sound] {
            let again = try #require(try await fixture.catalog.attachment(id: earlier.id))
            #expect(again.objectKey == earlier.objectKey)
            #expect(again.renditions.map(\.name) == earlier.renditions.map(\.name))
        }
    }

    /// A file of which the rendition lacks something.
    private func incomplete(_ kind: String) throws -> [UInt8] {
        let media = try MediaFixtures()
        switch kind {
        case "motion.jpg": return try photo(media) + [UInt8]("ftypmp42".utf8) + [UInt8](repeating: 7, count: 30_000)
        case "page.tiff":
            // Of itself ffmpeg takes a form with fewer colours than pixels, which nothing here decodes.
            let scene = ["-f", "lavfi", "-i", "testsrc2=size=1200x800", "-frames:v", "1", "-pix_fmt", "rgb24"]
            return try media.bytes(of: try media.ffmpeg(scene, to: kind))
        default: return try media.bytes(of: try media.audioWithCover(kind))
        }
    }

    @Test(arguments: [
        ("motion.jpg", "web", "belong to no stream or picture"), ("page.tiff", "web", "of a file of this format"),
        ("song.mp3", "voice", "leaves out a cover"),
    ])
    func `an original of which the rendition lacks something stays, and the reason is noted`(
        name: String,
        rendition: String,
        reason: String
    ) async throws {
        let fixture = try await fixture()
        let original = try incomplete(name)
        let (before, after) = try await compress(fixture, original, name: name)
        #expect(after.objectKey == before.objectKey)
        #expect(after.fileName == name)
        #expect(after.replacedBy == nil)
        #expect(try await fixture.storage.bytes(of: after.objectKey) == original)
        #expect(after.renditions.contains { $0.name == rendition })
        let ended = try await fixture.catalog.endedJobs(kind: .transcode, limit: 9)
        let error = try #require(ended.first { $0.outcome == .failed }?.lastError)
        #expect(error.hasPrefix("The original stays: "))
        #expect(error.contains(reason))
    }

    @Test func `a picture that would not become smaller stays`() async throws {
        let fixture = try await fixture()
        let media = try MediaFixtures()
        // What is as coarse as JPEG can make it takes more room at any other quality.
        let noise = "color=gray:size=400x300,geq=lum='random(1)*255':cb=128:cr=128"
        let path = try media.ffmpeg(["-f", "lavfi", "-i", noise, "-frames:v", "1", "-q:v", "31"], to: "noise.jpg")
        let (before, after) = try await compress(fixture, try media.bytes(of: path), name: "noise.jpg")
        #expect(after.objectKey == before.objectKey)
        #expect(!after.renditions.contains { $0.name == "web" })
        let ended = try await fixture.catalog.endedJobs(kind: .render, limit: 9)
        #expect(ended.map(\.outcome) == [.done])
        #expect(ended.first?.lastError?.contains("smaller than the original") == true)
    }
}
