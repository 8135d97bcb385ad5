import Catalog
import Foundation
import Testing

/// How far a job is, as the catalog keeps it.
struct JobProgressTests {
    private let lease = Date(timeIntervalSinceNow: 60)

    @Test
    func `what a process told that died counts for nothing, and is forgotten when the job is begun anew`() async throws
    {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let lost = try #require(try await fixture.commit(attachment, leaseUntil: lease))
        try await fixture.catalog.reportProgress(of: lost, percent: 70, stage: "fetching")
        let next = try Catalog.open(path: fixture.path)
        #expect(try await next.registerRunner(.serve, processID: 1) == 1)
        let waiting = JobProgress(kind: .process, name: "", percent: nil, stage: nil, state: .waiting)
        #expect(try next.progress(attachmentID: attachment.id) == [waiting])
        let queued = try #require(try await next.job(id: lost.id))
        let job = try #require(try await next.claimJob(queued, leaseUntil: lease))
        #expect(job.percent == nil)
        #expect(job.stage == nil)
        // The dead one goes on all the same.
        try await fixture.catalog.reportProgress(of: lost, percent: 80, stage: "fetching")
        let running = JobProgress(kind: .process, name: "", percent: nil, stage: nil, state: .running)
        #expect(try next.progress(attachmentID: attachment.id) == [running])
    }

    @Test func `an attempt of before has nothing to say of the one of now, in the same process either`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let first = try #require(try await fixture.commit(attachment, leaseUntil: lease))
        let now = Date(timeIntervalSinceNow: -1)
        try await fixture.catalog.postponeJob(first, until: now, error: "busy", countsAttempt: true)
        let queued = try #require(try await fixture.catalog.job(id: first.id))
        let second = try #require(try await fixture.catalog.claimJob(queued, leaseUntil: lease))
        try await fixture.catalog.reportProgress(of: first, percent: 90, stage: "fetching")
        #expect(try fixture.catalog.progress(attachmentID: attachment.id).map(\.percent) == [nil])
        try await fixture.catalog.reportProgress(of: second, percent: 10, stage: "fetching")
        #expect(try fixture.catalog.progress(attachmentID: attachment.id).map(\.percent) == [10])
    }

    @Test func `work that is done again tells its percentage, and stays known for that`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        let first = try #require(try await fixture.commit(attachment))
        let outcome = MediaOutcome(facts: MediaFacts(width: 640, height: 360), pictureFailure: "too_many_pixels")
        let before = try await fixture.finishProcessing(attachmentID: attachment.id, outcome: outcome, job: first)
        #expect(before?.status == .ready)
        #expect(try await fixture.catalog.requestReprocessing(of: [attachment.id]) == 1)
        let queued = try #require(try await fixture.catalog.job(attachmentID: attachment.id, kind: .import))
        let job = try #require(try await fixture.catalog.claimJob(queued, leaseUntil: lease))
        try await fixture.catalog.reportProgress(of: job, percent: 30, stage: "fetching")
        let told = JobProgress(kind: .import, name: "", percent: 30, stage: nil, state: .running)
        #expect(try fixture.catalog.progress(attachmentID: attachment.id) == [told])
        #expect(try await fixture.catalog.job(id: job.id)?.isRepetition == true)
        // What the stage is for: the attachment is ready with its reason, whatever becomes of the work.
        try await fixture.catalog.releaseJob(job)
        _ = try await fixture.catalog.cancelJob(id: job.id)
        #expect(try await fixture.catalog.attachment(id: attachment.id) == before)
    }
}
