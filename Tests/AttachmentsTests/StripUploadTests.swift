import Catalog
import Crypto
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct StripUploadTests {
    private static let place = "+48.1374+011.5755/"

    @Test(.timeLimit(.minutes(2)), arguments: [StripMode.location, .all])
    func `a video of several parts is stored without its place, the film unchanged`(_ mode: StripMode) async throws {
        let media = try MediaFixtures()
        let path = try media.video(
            "walk.mov",
            scene: "testsrc2=size=1280x720:rate=25:duration=4,noise=alls=90:allf=t",
            options: ["-b:v", "40M", "-metadata", "location=\(Self.place)"]
        )
        let bytes = try media.bytes(of: path)
        #expect(bytes.count > 10 << 20 && holds(bytes, Self.place))
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.stripMetadata = mode }
        let record = try await fixture.upload(bytes, name: "walk.mov").attachment
        let stored = try await fixture.storage.bytes(of: record.objectKey)
        #expect(!holds(stored, Self.place))
        #expect(record.sha256 == sha256(bytes))
        #expect(record.storedSHA256 == sha256(stored))
        #expect(record.sha256 != record.storedSHA256)
        #expect(record.fileSize == stored.count)
        #expect(record.status == .ready)
        #expect(record.thumbnail != nil)
        let other = media.directory.file("stored.mov")
        try Data(stored).write(to: URL(fileURLWithPath: other))
        #expect(try frames(media, other) == frames(media, path))
        #expect(Set(try await fixture.remains()) == Set(record.objectKeys.map { "object \($0)" }))
        #expect(try await fixture.catalog.attachment(id: record.id)?.storedSHA256 == record.storedSHA256)
    }

    @Test func `a picture becomes shorter, and that is what is hashed, recorded and served`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.stripMetadata = .all }
        let bytes = try commented()
        let record = try await fixture.upload(bytes, name: "photo.jpg").attachment
        let stored = try await fixture.storage.bytes(of: record.objectKey)
        #expect(holds(bytes, "SECRET REMARK") && !holds(stored, "SECRET REMARK"))
        #expect(stored.count < bytes.count)
        #expect(record.fileSize == stored.count)
        #expect(record.sha256 == sha256(bytes))
        #expect(record.storedSHA256 == sha256(stored))
        #expect(record.width == 640)
        #expect(try fixture.spoolFiles() == [])
    }

    @Test func `what holds no place, and what is of another format, is stored as it came`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.stripMetadata = .location }
        let picture = try commented()
        let animation = try mediaBytes { try $0.ffmpeg(["-f", "lavfi", "-i", "testsrc2=d=1:r=5"], to: "a.gif") }
        for (bytes, name) in [(picture, "photo.jpg"), (animation, "a.gif"), (document(byteCount: 70_000), "a.pdf")] {
            let record = try await fixture.upload(bytes, name: name).attachment
            #expect(try await fixture.storage.bytes(of: record.objectKey) == bytes)
            #expect(record.sha256 == sha256(bytes))
            #expect(record.storedSHA256 == record.sha256)
        }
    }

    @Test func `a file that contradicts itself is refused, or stored as it came where that is allowed`() async throws {
        var bytes = try mediaBytes { try $0.jpeg("photo.jpg") }
        // A segment that is longer than the file.
        bytes.replaceSubrange(2..<4, with: [0xFF, 0xE1])
        bytes.replaceSubrange(4..<6, with: [0xFF, 0xFF])
        let contradicting = Array(bytes.prefix(4_000))
        let strict = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.stripMetadata = .location }
        let code = await attachmentErrorCode { _ = try await strict.upload(contradicting, name: "photo.jpg") }
        #expect(code == .metadataNotRemovable)
        #expect(try await strict.remains() == [])
        #expect(strict.service.inHandCount == 0)
        let lenient = try await ServiceFixture(workerPath: WorkerBinary.path) {
            $0.stripMetadata = .location
            $0.unstrippableFiles = .store
        }
        let record = try await lenient.upload(contradicting, name: "photo.jpg").attachment
        #expect(try await lenient.storage.bytes(of: record.objectKey) == contradicting)
    }

    @Test func `while the worker is away nothing is stored with its metadata`() async throws {
        let fixture = try await ServiceFixture {
            $0.stripMetadata = .location
            $0.unstrippableFiles = .store
        }
        let bytes = try commented()
        let code = await attachmentErrorCode { _ = try await fixture.upload(bytes, name: "photo.jpg") }
        #expect(code == .mediaUnavailable)
        #expect(try await fixture.remains() == [])
        // Nothing has to be taken out of a document.
        let record = try await fixture.upload(document(byteCount: 1_000)).attachment
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
    }

    @Test func `digests that the client claims are those of what it sent`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.stripMetadata = .all }
        let bytes = try commented()
        let digest = Array(SHA256.hash(data: Data(bytes)))
        let right = DigestClaim(source: "sha256", algorithm: .sha256, digest: digest)
        let wrong = DigestClaim(source: "sha256", algorithm: .sha256, digest: digest.reversed())
        let record = try await fixture.upload(bytes, name: "photo.jpg") { try $0.claim([right]) }.attachment
        #expect(record.storedSHA256 != record.sha256)
        let code = await attachmentErrorCode {
            _ = try await fixture.upload(bytes, name: "photo.jpg") { try $0.claim([wrong]) }
        }
        #expect(code == .digestMismatch)
    }

    @Test func `more media work than is allowed to wait refuses pictures, and nothing else`() async throws {
        let fixture = try await ServiceFixture {
            $0.mediaBacklogLength = 1
            $0.inlineWait = .zero
        }
        let bytes = try commented()
        // Without a worker its job stays.
        let waiting = try await fixture.upload(bytes, name: "photo.jpg").attachment
        #expect(try await fixture.eventually { try await fixture.job(of: waiting.id) != nil })
        try await fixture.service.countMediaJobs()
        let code = await attachmentErrorCode { _ = try await fixture.upload(bytes, name: "photo.jpg") }
        #expect(code == .mediaBusy)
        let paper = try await fixture.upload(document(byteCount: 1_000)).attachment
        #expect(
            Set(try await fixture.storage.listObjects().map(\.key)) == [waiting.objectKey, paper.objectKey]
        )
    }

    /// A JPEG with a remark in it.
    private func commented() throws -> [UInt8] {
        let bytes = try mediaBytes { try $0.jpeg("photo.jpg") }
        let remark = Array("SECRET REMARK".utf8)
        return bytes.prefix(2) + [0xFF, 0xFE, 0, UInt8(remark.count + 2)] + remark + bytes.dropFirst(2)
    }

    private func holds(_ bytes: [UInt8], _ text: String) -> Bool {
        Data(bytes).range(of: Data(text.utf8)) != nil
    }

    private func sha256(_ bytes: some Sequence<UInt8>) -> String {
        SHA256.hash(data: Data(bytes)).map { String(format: "%02x", $0) }.joined()
    }

    /// The digest of each decoded picture.
    private func frames(_ media: MediaFixtures, _ path: String) throws -> String {
        try media.output("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-map", "0:v", "-f", "framemd5", "-"])
    }
}
