import Catalog
import TestSupport
import Testing

/// The type of a file of which nothing was known when it came.
struct FoundTypeTests {
    private func retyped(_ kind: FileKind, _ mediaType: String, as type: FoundType) async throws -> CatalogAttachment {
        let fixture = try await CatalogFixture()
        var attachment = fixture.attachment()
        (attachment.fileKind, attachment.mediaType) = (kind, mediaType)
        let job = try #require(try await fixture.commit(attachment))
        var outcome = MediaOutcome(facts: MediaFacts(width: 64, height: 48))
        outcome.type = type
        let ready = try await fixture.finishProcessing(attachmentID: attachment.id, outcome: outcome, job: job)
        return try #require(ready)
    }

    @Test func `it is stored with the facts where the kind was none`() async throws {
        let type = FoundType(kind: .image, mediaType: "image/jxl")
        let ready = try await retyped(.other, "application/octet-stream", as: type)
        #expect(ready.fileKind == .image)
        #expect(ready.mediaType == "image/jxl")
        #expect([ready.width, ready.height] == [64, 48])
    }

    @Test func `it does not take the place of a kind that the content told`() async throws {
        let ready = try await retyped(.video, "video/mp4", as: FoundType(kind: .image, mediaType: "image/jxl"))
        #expect(ready.fileKind == .video)
        #expect(ready.mediaType == "video/mp4")
    }
}
