import Catalog
import Foundation
import Testing

/// Whether somebody waits for the renditions that jobs of their own make.
struct RenditionPriorityTests {
    private let outcome = MediaOutcome(requests: [RenditionRequest(kind: .transcode, name: "720p")])

    /// Media work that nobody waits for has asked for the rendition.
    private func requestInBulk(_ attachment: CatalogAttachment, in fixture: CatalogFixture) async throws {
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        let job = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .import))
        _ = try await fixture.finishProcessing(attachmentID: attachment.id, outcome: outcome, job: job)
    }

    @Test func `what bulk work asks for comes after what an upload asks for`() async throws {
        let fixture = try await CatalogFixture()
        let old = try await fixture.readyVideo()
        try await requestInBulk(old, in: fixture)
        let new = try await fixture.readyVideo(requests: ["720p"])
        let jobs = try await fixture.jobs()
        #expect(jobs.map(\.attachmentID) == [old.id, new.id])
        #expect(jobs.map(\.priority) == [.low, .ordinary])
        let due = try await fixture.catalog.dueJobsInTurns(kind: .transcode, limit: 9, now: .distantFuture).jobs
        #expect(due.map(\.attachmentID) == [new.id])
    }

    @Test func `the replacement of the original has the priority of the rendition's job`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo()
        try await requestInBulk(attachment, in: fixture)
        let job = try #require(try await fixture.jobs().first)
        _ = try await fixture.recordRenditions(
            [Rendition.sample("720p", "a/720p.mp4")],
            attachmentID: attachment.id,
            job: job,
            replacement: "720p"
        )
        let jobs = try await fixture.jobs()
        #expect(jobs.map(\.name) == [Rendition.original])
        #expect(jobs.map(\.priority) == [.low])
    }

    @Test func `what bulk work has asked for waits no longer where somebody asks for it`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = try await fixture.readyVideo()
        try await requestInBulk(attachment, in: fixture)
        let again = try #require(try await fixture.requeue(attachment))
        _ = try await fixture.finishProcessing(attachmentID: attachment.id, outcome: outcome, job: again)
        #expect(try await fixture.jobs().map(\.priority) == [.ordinary])
    }
}
