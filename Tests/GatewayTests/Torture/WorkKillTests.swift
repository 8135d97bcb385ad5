import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// `satchel work` that dies in the middle of a job beside a server that goes on, and the next one.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct WorkKillTests {
    @Test(arguments: ["jobs.claimed", "transcode.encoded", "transcode.stored", "transcode.recorded", "jobs.ended"])
    func `a rendition is made once, wherever the process beside the server died`(step: String) async throws {
        let servers = try await GatewaySuccession(
            dyingAt: nil,
            settings: [
                "jobs.inServer": "none", "renditions.video.180p.shortEdge": "180",
                "renditions.video.180p.maxBitrate": "150",
            ]
        )
        let (catalog, storage) = (servers.catalog, servers.storage)
        let deadly = try await servers.startWork(dyingAt: step)
        let uploaded = try await servers.upload(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 3))
        #expect(uploaded.status == 201)
        let isDead = try await servers.eventually { !deadly.isRunning }
        #expect(isDead)
        deadly.kill()
        #expect(servers.first.isRunning)
        let isRecorded = ["transcode.recorded", "jobs.ended"].contains(step)
        let isStored = isRecorded || step == "transcode.stored"
        let intents = try await catalog.intents()
        #expect(intents.count { $0.objectKey.hasSuffix(".180p.mp4") } == (step == "transcode.stored" ? 1 : 0))
        let stored = try await storage.listObjects().count { $0.key.hasSuffix(".180p.mp4") }
        #expect(stored == (isStored ? 1 : 0))
        let jobs = try await catalog.jobs(kind: .transcode, limit: 9)
        #expect(jobs.map(\.isLeased) == (isRecorded ? [] : [true]))

        // Two minutes go by without a sign of the dead process; whoever is alive gives another one.
        let later = Date(timeIntervalSinceNow: JobRunner.patience + 1)
        try await catalog.heartbeat(.work, processID: 1, jobIDs: [], at: later)
        try await catalog.removeRunner()
        for job in try await catalog.jobs(limit: 9) {
            #expect(!job.isLeased)
            try await catalog.releaseJob(job)
        }
        let next = try await servers.startWork()
        let disorder = try await servers.lastingDisorder()
        #expect(disorder == [])
        let attachment = try #require(try await catalog.attachments(messageID: servers.messageID).first)
        #expect(attachment.status == .ready)
        #expect(attachment.renditions.map(\.name).sorted() == ["180p", "thumbnail"])
        let ended = try await catalog.endedJobs(kind: .transcode, limit: 9)
        #expect(ended.map(\.outcome) == [.done])
        // The death counts as an attempt, and no wait for what it left does.
        #expect(ended.map(\.attempts) == [isRecorded ? 1 : 2])
        #expect(try await storage.listObjects().count == 3)
        next.kill()
        try await servers.end(servers.first)
    }
}
