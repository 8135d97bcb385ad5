import Catalog
import Foundation
import Media
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct WorkerDeathTests {
    /// A picture that takes the worker longer than no time at all.
    private func slowPicture() throws -> [UInt8] {
        try mediaBytes { fixtures in
            let source = ["-f", "lavfi", "-i", "testsrc2=size=1000x1000:rate=1:duration=1", "-frames:v", "1"]
            return try fixtures.ffmpeg(source + ["-pix_fmt", "rgb24", "-compression_level", "1"], to: "slow.png")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a file of which the worker dies twice fails with the reason, and a third one never sees it`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { configuration in
            configuration.limits.image = 200 << 20
            configuration.processingTimeout = .zero
        }
        let first = try await fixture.upload(try slowPicture(), name: "slow.png").attachment
        #expect(first.status == .processing)
        let job = try #require(try await fixture.job(of: first.id))
        #expect(job.workerDeaths == 1)
        #expect(job.attempts == 1)
        #expect(!job.isLeased)
        #expect(fixture.service.workerCounts.deaths(.wallClock) == 1)

        // The count is the job's, not the process's.
        try await fixture.restart { configuration in
            configuration.processingTimeout = .zero
        }
        try await fixture.makeDue(first.id)
        let record = try #require(try await fixture.runJob(of: first.id))
        #expect(record.status == .failed)
        #expect(record.failureReason == "timed_out")
        #expect(fixture.service.workerCounts.deaths == 1)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: .distantFuture).isEmpty)
        #expect(try await fixture.remains() == ["object \(record.objectKey)"])
    }

    @Test(.timeLimit(.minutes(2)))
    func `a file of which the worker died once is ready where it does not die again`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { configuration in
            configuration.limits.image = 200 << 20
            configuration.processingTimeout = .zero
        }
        let first = try await fixture.upload(try slowPicture(), name: "slow.png").attachment
        #expect(first.status == .processing)
        // Where many tests run beside it, even a small picture takes its time.
        try await fixture.restart { $0.processingTimeout = .seconds(100) }
        try await fixture.makeDue(first.id)
        let record = try #require(try await fixture.runJob(of: first.id))
        #expect(record.status == .ready)
        #expect(record.width == 1_000)
        #expect(fixture.service.workerCounts.deaths == 0)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a file that is ready stays so where the worker dies of it when it is processed again`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { configuration in
            configuration.limits.image = 200 << 20
            configuration.processingTimeout = .seconds(100)
            configuration.inlineWait = .seconds(100)
        }
        let before = try await fixture.upload(try slowPicture(), name: "slow.png").attachment
        #expect(before.renditions.map(\.name) == ["thumbnail", "preview"])
        let remains = Set(try await fixture.remains())
        try await fixture.restart { $0.processingTimeout = .zero }
        let asked = try await fixture.service.reprocess(id: before.id, by: fixture.ann).attachment
        #expect(asked.status == .processing)
        let job = try #require(try await fixture.job(of: before.id))
        let after = try #require(try await fixture.runJob(of: before.id))
        #expect(after == before)
        #expect(fixture.service.workerCounts.deaths(.wallClock) == 2)
        let ended = try await fixture.catalog.endedJob(id: job.id)
        #expect(ended?.outcome == .dead)
        #expect(ended?.lastError?.hasPrefix("timed_out: ") == true)
        #expect(Set(try await fixture.remains()) == remains)
    }

    @Test(.timeLimit(.minutes(2)))
    func `pictures of a file that is over a limit by now stay, while the configuration has them`() async throws {
        let fixture = try await ServiceFixture(workerPath: WorkerBinary.path) { $0.inlineWait = .seconds(100) }
        let bytes = try mediaBytes { try $0.jpeg("photo.jpg") }
        let before = try await fixture.upload(bytes, name: "photo.jpg").attachment
        #expect(before.renditions.map(\.name) == ["thumbnail", "preview"])
        try await fixture.restart { configuration in
            configuration.maxPixels = 1_000
            configuration.renditions = [.thumbnail]
        }
        _ = try await fixture.service.reprocess(id: before.id, by: fixture.ann)
        let after = try #require(try await fixture.runJob(of: before.id))
        #expect(after.status == .ready)
        #expect(after.failureReason == nil)
        #expect(after.renditions == before.renditions.filter { $0.name == "thumbnail" })
        #expect(after.placeholder == before.placeholder)
        let objects = Set(after.objectKeys.map { "object \($0)" })
        let isGone = try await fixture.runInBackground { Set(try await fixture.remains()) == objects }
        #expect(isGone, "the preview goes")
    }

    @Test func `ends of the worker's process are deaths, its own answers are not`() {
        for code in [MediaFailure.Code.crashed, .timedOut, .outOfMemory] {
            #expect(MediaFailure(code, "").isWorkerDeath, "\(code)")
        }
        for code in [MediaFailure.Code.invalidData, .noFrame, .tooManyPixels, .workerUnavailable, .cancelled] {
            #expect(!MediaFailure(code, "").isWorkerDeath, "\(code)")
        }
    }
}

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct MediaBacklogTests {
    @Test func `an upload without room in the queue is stored, says processing, and is ready later`() async throws {
        let worker = try HeldWorker()
        defer { withExtendedLifetime(worker) {} }
        let fixture = try await ServiceFixture(workerPath: worker.path) { configuration in
            configuration.inlineWait = .zero
            configuration.mediaJobsAtOnce = 1
            configuration.mediaQueueLength = 0
        }
        let bytes = try clip()
        let ids = [
            try await fixture.upload(bytes, name: "one.mp4").attachment.id,
            try await fixture.upload(bytes, name: "two.mp4").attachment.id,
        ]
        // One of them waits for the worker, claimed; the other was put back as if it had not been begun.
        let isPutBack = try await fixture.eventually { try await fixture.catalog.nextJobs(limit: 10).count == 1 }
        #expect(isPutBack)
        let job = try #require(try await fixture.catalog.nextJobs(limit: 10).first)
        #expect(job.attempts == 0)
        #expect(job.delays == 0)
        #expect(try fixture.spoolFiles().count == 1)
        worker.letGo()
        let areReady = try await fixture.runInBackground {
            for id in ids where try await fixture.catalog.attachment(id: id)?.status != .ready { return false }
            return fixture.service.inHandCount == 0
        }
        #expect(areReady)
        #expect(try fixture.spoolFiles() == [])
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: .distantFuture).isEmpty)
    }
}
