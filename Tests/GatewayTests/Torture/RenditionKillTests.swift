import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// A server that dies at a named step of a rendition's job, and the next one over the same files.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct RenditionKillTests {
    @Test(arguments: [
        "transcode.encoded", "transcode.stored", "transcode.recorded", "transcode.verified", "transcode.replaced",
    ])
    func `a rendition is made once and takes the original's place once, wherever the server died`(
        step: String
    ) async throws {
        let servers = try await GatewaySuccession(
            dyingAt: step,
            settings: [
                "urls.lifetimeSeconds": "2", "urls.windowSeconds": "1", "renditions.video.180p.shortEdge": "180",
                "renditions.video.180p.maxBitrate": "150", "renditions.keepOriginal": "false",
            ]
        )
        let (catalog, storage, messageID) = (servers.catalog, servers.storage, servers.messageID)
        let original = try clip(seconds: 3)
        // The job begins by itself, and may end the server before that has answered.
        _ = try? await servers.upload(fileName: "clip.mp4", type: "video/mp4", original)
        let isDead = try await servers.isFirstDead()
        #expect(isDead)

        let next = try await servers.startNext()
        let isTidy = try await servers.eventually {
            let attachment = try await catalog.attachments(messageID: messageID).first
            let keys = try await storage.listObjects().map(\.key)
            guard try await catalog.intents().isEmpty, try await catalog.jobs(limit: 1).isEmpty else { return false }
            return attachment?.height == 180 && keys.sorted() == attachment?.objectKeys.sorted()
        }
        #expect(isTidy)
        let attachment = try #require(try await catalog.attachments(messageID: messageID).first)
        #expect(attachment.status == .ready)
        #expect(attachment.fileSize < original.count)
        #expect(!attachment.renditions.contains { $0.name == "180p" })
        let bytes = try await storage.headObject(key: attachment.objectKey).byteCount
        #expect(bytes == attachment.fileSize)
        let ended = try await catalog.endedJobs(kind: .transcode, limit: 9)
        #expect(ended.map(\.name).sorted() == ["180p", "original"])
        #expect(ended.allSatisfy { $0.outcome == .done })
        #expect(try await storage.listMultipartUploads().isEmpty)
        try await servers.end(next)
    }
}
