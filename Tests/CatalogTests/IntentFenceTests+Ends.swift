import Catalog
import Foundation
import Testing

// Ends of jobs that another has by now.
extension IntentFenceTests {
    /// How a process ends a job that is no success.
    enum End: CaseIterable {
        case failedProcessing, endedRendition, replacement, passedScan, unseenByScan
    }

    @Test(arguments: End.allCases)
    func `a job that another has claimed is not ended in its place`(end: End) async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        var attachment = fixture.attachment()
        if end == .passedScan || end == .unseenByScan { attachment.hold = .scan }
        var job = try #require(try await fixture.commit(attachment))
        var video = Rendition.sample("720p", "a/720p.mp4")
        video.sha256 = String(repeating: "0", count: 64)
        if end == .endedRendition || end == .replacement {
            _ = try await fixture.finishProcessing(
                attachmentID: attachment.id,
                outcome: MediaOutcome(renditions: [], requests: [RenditionRequest(kind: .transcode, name: "720p")]),
                job: job
            )
            job = try await fixture.claimed(
                try #require(try await catalog.nextJobs(kinds: [.transcode], limit: 1, now: .distantFuture).first)
            )
        }
        if end == .replacement {
            _ = try await fixture.recordRenditions(
                [video],
                attachmentID: attachment.id,
                job: job,
                replacement: "720p"
            )
            job = try await fixture.claimed(
                try #require(try await catalog.nextJobs(kinds: [.transcode], limit: 1, now: .distantFuture).first)
            )
        }
        let current = try #require(try await catalog.attachment(id: attachment.id))
        let (id, claimed) = (attachment.id, job)
        try await expectRefusal(fixture, of: job, for: .job) {
            switch end {
            case .failedProcessing:
                _ = try await catalog.failProcessing(attachmentID: id, reason: "no_frame", facts: nil, job: claimed)
            case .endedRendition:
                try await catalog.endRendition(attachmentID: id, job: claimed, outcome: .failed, reason: "no")
            case .replacement:
                _ = try await catalog.replaceOriginal(
                    of: current,
                    by: try #require(current.renditions.first),
                    facts: MediaFacts(),
                    fileName: "a.mp4",
                    job: claimed,
                    purgeAfter: Date()
                )
            case .passedScan:
                _ = try await catalog.passScan(attachmentID: id, job: claimed, needsMediaWork: true)
            case .unseenByScan:
                _ = try await catalog.failScan(
                    attachmentID: id,
                    reason: "scan_too_large",
                    isFinding: false,
                    job: claimed
                )
            }
        }
        #expect(try await catalog.attachment(id: id) == current)
    }

    @Test func `a deletion that another has claimed keeps its keys until that one is done`() async throws {
        let fixture = try await CatalogFixture()
        let server = try Catalog.open(path: fixture.path)
        let job = try #require(try await fixture.catalog.condemn(key: "a/t.jpg"))
        let later = Date(timeIntervalSinceNow: 3600)
        let other = try #require(try await server.claimJob(job, leaseUntil: later, now: .distantFuture))
        try await fixture.catalog.removeJob(job)
        #expect(try await fixture.catalog.endJob(job, outcome: .done) == false)
        try await fixture.catalog.releaseJob(job)
        try await fixture.catalog.reportProgress(of: other, percent: 5, stage: nil)
        #expect(try await server.job(id: job.id) == other)
        let picture = fixture.intents(for: [.sample("thumbnail", "a/t.jpg")])
        let refusal = try await errorCode {
            try await fixture.catalog.insertIntents(picture, refusingKeysInDeletion: true)
        }
        #expect(refusal == .constraint)
        try await server.removeJob(other)
        #expect(try await server.job(id: job.id) == nil)
    }
}
