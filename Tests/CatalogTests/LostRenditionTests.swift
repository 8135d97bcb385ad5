import Catalog
import Foundation
import TestSupport
import Testing

/// Renditions that jobs of their own made, and whose objects were found lost.
struct LostRenditionTests {
    private func file(_ name: String, _ mediaType: String = "video/mp4") -> Rendition {
        Rendition(
            name: name,
            objectKey: "a/\(name)",
            width: nil,
            height: nil,
            mediaType: mediaType,
            byteCount: 1_000
        )
    }

    @Test func `what is lost goes with the reprocessing, and is queued again when that is done`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(with: [file("720p"), file("480p")])
        let lost = [attachment.id: ["a/720p"]]
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id], remaking: lost) == 1)
        let left = try #require(try await fixture.catalog.attachment(id: attachment.id))
        #expect(left.renditions.map(\.name) == ["thumbnail", "480p"])
        #expect(left.objectKey == attachment.objectKey)
        #expect(left.status == .ready)
        #expect(try await fixture.jobs([.purge]).map(\.objectKeys) == [["a/720p"]])
        let again = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .import))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(requests: ["720p", "480p"].map { RenditionRequest(kind: .transcode, name: $0) }),
            job: again
        )
        #expect(try await fixture.jobs([.transcode]).map(\.name) == ["720p"])
    }

    @Test func `pictures, the original and keys of others take nothing away`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(with: [file("voice", "audio/mp4")])
        let keys = [attachment.renditions[0].objectKey, attachment.objectKey, "another/720p"]
        #expect(
            try await fixture.catalog.requestReprocessing(of: [attachment.id], remaking: [attachment.id: keys]) == 1
        )
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.jobs([.purge]).isEmpty)
    }

    @Test func `nothing goes of what has the work before it already`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo(with: [file("720p")])
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        let lost = [attachment.id: ["a/720p"]]
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id], remaking: lost) == 0)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == attachment)
        #expect(try await fixture.jobs([.purge]).isEmpty)
    }

    @Test func `work on what is ready is known, other work is none`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        #expect(try await !fixture.catalog.hasWorkOnReadyAttachments())
        let attachment = try await fixture.readyVideo()
        #expect(try await !fixture.catalog.hasWorkOnReadyAttachments())
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        #expect(try await fixture.catalog.hasWorkOnReadyAttachments())
    }
}
