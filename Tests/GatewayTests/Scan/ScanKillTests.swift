import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// The process dies at a step of a scan, and the next one goes on.
@Suite(
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .enabled(if: Clamd.isAvailable, "clamav-daemon is not installed"),
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program")
)
struct ScanKillTests {
    @Test(arguments: ["scan.passed", "scan.infected"])
    func `a scan that is cut off is done by the next process, once`(point: String) async throws {
        let isInfected = point == "scan.infected"
        let clamd = try Clamd()
        try await clamd.start()
        let servers = try await GatewaySuccession(
            dyingAt: point,
            settings: ["scan.clamd": "unix:\(clamd.socketPath)"]
        )
        let (catalog, storage) = (servers.catalog, servers.storage)
        let bytes = isInfected ? Clamd.eicar : Array("hello, world".utf8)
        let answer = try? await servers.upload(fileName: "notes.txt", type: "text/plain", bytes)
        #expect(answer?.status == nil, "the process dies before it answers")
        let held = try #require(try await catalog.attachments(messageID: servers.messageID).first)
        #expect(held.hold == .scan)
        #expect(held.status == .processing)
        #expect(try await servers.isFirstDead())

        let next = try await servers.startNext()
        let isOver = try await servers.eventually {
            try await catalog.endedJobs(kind: .scan, limit: 10).count == 1
        }
        #expect(isOver)
        let settled = try #require(try await catalog.attachments(messageID: servers.messageID).first)
        #expect(settled.hold == (isInfected ? .infected : nil))
        #expect(settled.status == (isInfected ? .failed : .ready))
        let objectCount = isInfected ? 0 : 1
        #expect(try await servers.eventually { try await storage.listObjects().count == objectCount })
        #expect(try await catalog.intents().isEmpty)
        try await servers.end(next)
        withExtendedLifetime(clamd) {}
    }
}
