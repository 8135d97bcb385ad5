import Catalog
import Foundation
import Testing

/// The replacement of an original whose URLs are ended while the rendition is verified.
struct MovedReplacementTests {
    private func replace(
        _ fixture: CatalogFixture,
        _ attachment: CatalogAttachment,
        _ job: Job
    ) async throws -> OriginalReplacement {
        let rendition = try #require(attachment.renditions.first { $0.name == "720p" })
        return try await fixture.catalog.replaceOriginal(
            of: attachment,
            by: rendition,
            facts: MediaFacts(durationMilliseconds: 60_000, width: 1280, height: 720, codec: "h264"),
            fileName: "clip.mp4",
            job: try await fixture.claimed(job),
            purgeAfter: fixture.start.addingTimeInterval(900),
            at: fixture.start
        )
    }

    @Test func `the same files under other keys are looked at once more, and replaced then`() async throws {
        let fixture = try await CatalogFixture()
        let ready = try await fixture.readyVideo(requests: ["720p"])
        var made = Rendition.sample("720p", "a/\(ready.id.uuidString).720p.mp4")
        made.mediaType = "video/mp4"
        made.sha256 = String(repeating: "5a", count: 32)
        let recorded = try await fixture.recordRenditions(
            [made],
            attachmentID: ready.id,
            job: try #require(try await fixture.jobs().first),
            replacement: "720p"
        )
        let verified = try #require(recorded)
        let job = try #require(try await fixture.jobs().first)
        #expect(job.name == Rendition.original)

        let request = try await fixture.catalog.requestRevocation(attachmentID: ready.id)
        guard case .begun(let revocation) = request else {
            Issue.record("\(request)")
            return
        }
        let copies = Dictionary(uniqueKeysWithValues: verified.objectKeys.map { ($0, "copy-of-\($0)") })
        let outcome = try await fixture.finishRevocation(of: verified, copies: copies, job: revocation)
        guard case .swapped(let moved, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try await replace(fixture, verified, job) == .busy)
        #expect(try await fixture.catalog.attachment(id: ready.id) == moved)
        let left = try #require(try await fixture.jobs().first)
        #expect(left.id == job.id)
        guard case .replaced(let replaced) = try await replace(fixture, moved, left) else {
            Issue.record("it was not replaced")
            return
        }
        #expect(replaced.objectKey == "copy-of-\(made.objectKey)")
        #expect(replaced.replacedBy == "720p")
    }
}
