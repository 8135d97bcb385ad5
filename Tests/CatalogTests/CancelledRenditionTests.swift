import Catalog
import Foundation
import TestSupport
import Testing

/// What the cancellation of a rendition means for the original whose place one of them is to take.
struct CancelledRenditionTests {
    /// A video with jobs for these renditions, where 720p is to take the original's place.
    private func video(
        _ names: [String],
        made: [String] = [],
        rule: ReplacementRule = ReplacementRule { _ in "720p" }
    ) async throws -> (fixture: CatalogFixture, attachment: CatalogAttachment) {
        let fixture = try await CatalogFixture(replacement: rule)
        let attachment = fixture.attachment()
        let job = try #require(try await fixture.commit(attachment))
        _ = try await fixture.finishProcessing(
            attachmentID: attachment.id,
            outcome: MediaOutcome(requests: (made + names).map { RenditionRequest(kind: .transcode, name: $0) }),
            job: job
        )
        for name in made {
            var rendition = Rendition.sample(name, "attachments/\(attachment.id).\(name).mp4")
            rendition.mediaType = "video/mp4"
            rendition.sha256 = String(repeating: "5a", count: 32)
            let recorded = try await fixture.recordRenditions(
                [rendition],
                attachmentID: attachment.id,
                job: try #require(try await jobs(fixture).first { $0.name == name }),
                replacement: "720p"
            )
            #expect(recorded != nil)
        }
        return (fixture, attachment)
    }

    private func jobs(_ fixture: CatalogFixture) async throws -> [Job] {
        try await fixture.catalog.nextJobs(kinds: [.transcode], limit: 9, now: .distantFuture)
    }

    private func names(_ fixture: CatalogFixture) async throws -> [String] {
        try await jobs(fixture).map(\.name).sorted()
    }

    @Test func `the last one that waits is cancelled, and the one that was made takes the place`() async throws {
        let (fixture, _) = try await video(["480p"], made: ["720p"])
        let last = try #require(try await jobs(fixture).first)
        guard case .ended(let ended) = try await fixture.catalog.cancelJob(id: last.id) else {
            Issue.record("the job did not end")
            return
        }
        #expect(ended.name == "480p")
        #expect(try await names(fixture) == ["original"])
    }

    @Test func `one that is not the last changes nothing yet`() async throws {
        let (fixture, _) = try await video(["480p", "360p"], made: ["720p"])
        let first = try #require(try await jobs(fixture).first { $0.name == "480p" })
        _ = try await fixture.catalog.cancelJob(id: first.id)
        #expect(try await names(fixture) == ["360p"])
        let last = try #require(try await jobs(fixture).first)
        _ = try await fixture.catalog.cancelJob(id: last.id)
        #expect(try await names(fixture) == ["original"])
    }

    @Test func `the one is cancelled that was to take the place, and the original stays`() async throws {
        let (fixture, attachment) = try await video(["720p"], made: ["480p"])
        let last = try #require(try await jobs(fixture).first)
        _ = try await fixture.catalog.cancelJob(id: last.id)
        #expect(try await jobs(fixture).isEmpty)
        #expect(try await fixture.catalog.attachment(id: attachment.id)?.replacedBy == nil)
    }

    @Test func `the replacement itself is cancelled, and none comes`() async throws {
        let (fixture, _) = try await video([], made: ["720p"])
        #expect(try await names(fixture) == ["original"])
        let replacement = try #require(try await jobs(fixture).first)
        _ = try await fixture.catalog.cancelJob(id: replacement.id)
        #expect(try await jobs(fixture).isEmpty)
    }

    @Test func `where originals stay nothing comes`() async throws {
        let (fixture, _) = try await video(["480p"], made: ["720p"], rule: .none)
        let last = try #require(try await jobs(fixture).first)
        _ = try await fixture.catalog.cancelJob(id: last.id)
        #expect(try await jobs(fixture).isEmpty)
    }

    @Test(arguments: ["gives it back", "puts it off", "ends it", "dies"])
    func `the last one runs, and its process`(leaves: String) async throws {
        let (fixture, _) = try await video(["480p"], made: ["720p"])
        let catalog = fixture.catalog
        let lease = Date(timeIntervalSinceNow: 60)
        let waiting = try #require(try await jobs(fixture).first)
        let job = try #require(try await catalog.claimJob(waiting, leaseUntil: lease))
        guard case .requested(let told) = try await catalog.cancelJob(id: job.id) else {
            Issue.record("the job was not under way")
            return
        }
        #expect(try await names(fixture) == ["480p"])
        switch leaves {
        case "gives it back": try await catalog.releaseJob(job)
        case "puts it off": try await catalog.postponeJob(job, until: Date(), error: "busy", countsAttempt: true)
        case "ends it": #expect(try await catalog.endJob(job, outcome: .cancelled))
        default:
            let later = lease.addingTimeInterval(1)
            #expect(try await catalog.claimJob(told, leaseUntil: later.addingTimeInterval(60), now: later) == nil)
        }
        #expect(try await names(fixture) == ["original"])
    }
}
