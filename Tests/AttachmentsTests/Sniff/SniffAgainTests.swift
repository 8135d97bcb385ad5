import Catalog
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// Files of which nothing was known when they came, and that a newer release knows.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SniffAgainTests {
    /// An attachment whose content an older release did not know: its object holds what that release could not tell.
    private func unknown(
        _ fixture: ServiceFixture,
        content: [UInt8],
        name: String = "data.bin"
    ) async throws -> CatalogAttachment {
        // As many bytes that nobody knows.
        let view = try await fixture.upload([UInt8](repeating: 0x80, count: content.count), name: name)
        #expect(view.attachment.isOfUnknownType)
        try await overwrite(view.attachment, in: fixture, with: content)
        return view.attachment
    }

    private func overwrite(
        _ attachment: CatalogAttachment,
        in fixture: ServiceFixture,
        with content: [UInt8]
    ) async throws {
        _ = try await fixture.storage.putObject(
            key: attachment.objectKey,
            body: .bytes(ByteBuffer(bytes: content)),
            contentType: attachment.mediaType
        )
    }

    private func reprocessed(
        _ attachment: CatalogAttachment,
        in fixture: ServiceFixture
    ) async throws -> CatalogAttachment {
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        let isOver = try await fixture.runInBackground {
            let jobs = try await fixture.catalog.nextJobs(limit: 100, now: .distantFuture)
            return jobs.allSatisfy { $0.attachmentID != attachment.id }
        }
        #expect(isOver)
        return try #require(try await fixture.catalog.attachment(id: attachment.id))
    }

    private func fixture() async throws -> ServiceFixture {
        try await ServiceFixture(workerPath: WorkerBinary.path)
    }

    @Test func `a picture that nobody knew becomes one, with its size and thumbnail`() async throws {
        let (fixture, media) = (try await self.fixture(), try MediaFixtures())
        let photo = try media.bytes(of: try media.jpeg("photo.jpg", width: 800, height: 600))
        let before = try await unknown(fixture, content: photo)
        let found = try await MediaTypeSniffer.sniffAgain(before, in: fixture.storage)
        #expect(found == .image("image/jpeg"))
        let after = try await reprocessed(before, in: fixture)
        #expect(after.fileKind == .image)
        #expect(after.mediaType == "image/jpeg")
        #expect([after.width, after.height] == [800, 600])
        #expect(after.thumbnail != nil)
        #expect(after.status == .ready)
        #expect(after.fileName == before.fileName)
        #expect(after.objectKey == before.objectKey)
        let url = try #require(try fixture.service.view(of: after).url)
        #expect(url.contains("image%2Fjpeg"))
        // Once known, it is not asked for again.
        #expect(try await MediaTypeSniffer.sniffAgain(after, in: fixture.storage) == nil)
    }

    @Test func `a recording whose index lies far in is a sound`() async throws {
        let (fixture, media) = (try await self.fixture(), try MediaFixtures())
        let sound = try media.bytes(of: try media.audio("memo.m4a", seconds: 4))
        let after = try await reprocessed(try await unknown(fixture, content: sound), in: fixture)
        #expect(after.fileKind == .audio)
        #expect(after.mediaType.hasPrefix("audio/"))
        #expect(after.audioCodec == "aac")
    }

    @Test(arguments: [
        "<!DOCTYPE html><html><body><script>alert(1)</script></body></html>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", "%PDF-1.7\n%",
    ])
    func `what is a page, a vector graphic or a document stays unknown`(text: String) async throws {
        let fixture = try await fixture()
        let before = try await unknown(fixture, content: [UInt8](text.utf8))
        #expect(try await MediaTypeSniffer.sniffAgain(before, in: fixture.storage) == nil)
        let after = try await reprocessed(before, in: fixture)
        #expect(after.isOfUnknownType)
        #expect(after.status == .ready)
    }

    @Test func `what only begins like a picture stays unknown`() async throws {
        let fixture = try await fixture()
        let content: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 5_000)
        let before = try await unknown(fixture, content: content)
        let after = try await reprocessed(before, in: fixture)
        #expect(after.isOfUnknownType)
        #expect(after.status == .ready)
        #expect(after.thumbnail == nil)
    }

    @Test func `a type that the content told when it came stays, whatever lies in its place`() async throws {
        let (fixture, media) = (try await self.fixture(), try MediaFixtures())
        let paper = try await fixture.upload([UInt8]("%PDF-1.7\n".utf8) + document(byteCount: 9_000), name: "a.pdf")
        try await overwrite(
            paper.attachment,
            in: fixture,
            with: try media.bytes(of: try media.jpeg("photo.jpg"))
        )
        #expect(try await MediaTypeSniffer.sniffAgain(paper.attachment, in: fixture.storage) == nil)
        let after = try await reprocessed(paper.attachment, in: fixture)
        #expect(after.mediaType == "application/pdf")
        #expect(after.fileKind == .document)
    }

    @Test func `a file whose object is gone is nothing new`() async throws {
        let fixture = try await fixture()
        let before = try await unknown(fixture, content: [0x80, 0x81, 0x82])
        try await fixture.storage.deleteObject(key: before.objectKey)
        #expect(try await MediaTypeSniffer.sniffAgain(before, in: fixture.storage) == nil)
    }
}
