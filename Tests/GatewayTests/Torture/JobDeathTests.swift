import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// A server that dies at a named step of a job, and the next one over the same files.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct JobDeathTests {
    @Test(arguments: ["jobs.claimed", "jobs.ended"])
    func `a job ends once in its right state, wherever its server died`(step: String) async throws {
        let servers = try await GatewaySuccession(dyingAt: step)
        let (catalog, storage) = (servers.catalog, servers.storage)
        let uploaded = try await servers.upload(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
        #expect(uploaded.status == 201)
        let id = try #require(uploaded.json["id"]?.text.flatMap(UUID.init(uuidString:)))
        #expect(try await servers.eventually { try await catalog.attachment(id: id)?.status == .ready })

        // It is queued past the server, which finds it, and may be dead before it could have answered.
        _ = try await catalog.requestProcessing(attachmentID: id)
        let job = try #require(try await catalog.jobs(attachmentID: id, limit: 1).first)
        let isDead = try await servers.isFirstDead()
        #expect(isDead)
        #expect(try await catalog.endedJob(id: job.id)?.outcome == (step == "jobs.ended" ? .done : nil))

        let next = try await servers.startNext()
        #expect(try await servers.eventually { try await catalog.endedJob(id: job.id) != nil })
        let ended = try #require(try await catalog.endedJob(id: job.id))
        #expect(ended.outcome == .done)
        #expect(ended.attempts == (step == "jobs.claimed" ? 2 : 1))
        let isTidy = try await servers.eventually {
            let attachment = try await catalog.attachment(id: id)
            let keys = try await storage.listObjects().map(\.key)
            let (intents, jobs) = (try await catalog.intents(), try await catalog.jobs(limit: 1))
            return intents.isEmpty && jobs.isEmpty && keys.sorted() == attachment?.objectKeys.sorted()
        }
        #expect(isTidy)
        let attachment = try #require(try await catalog.attachment(id: id))
        #expect(attachment.status == .ready)
        #expect(Set(attachment.renditions.map(\.name)).count == attachment.renditions.count)
        try await servers.end(next)
    }
}
