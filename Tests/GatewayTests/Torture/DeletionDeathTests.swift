import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// A server that dies between the word that objects are to go and their end, and the next one over the same files.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct DeletionDeathTests {
    @Test(arguments: [("purge.queued", "DELETE", ""), ("revoke.claimed", "POST", "revoke/")])
    func `what was asked for is done by the next server`(step: String, method: String, path: String) async throws {
        let servers = try await GatewaySuccession(dyingAt: step)
        let (catalog, storage) = (servers.catalog, servers.storage)
        let uploaded = try await servers.upload(
            fileName: "paper.pdf",
            type: "application/pdf",
            document(byteCount: 5000)
        )
        #expect(uploaded.status == 201)
        let id = try #require(uploaded.json["id"]?.text)
        let before = try #require(try await catalog.attachments(messageID: servers.messageID).first)

        let answer = try? await servers.send(method, "/api/chat/attachments/\(id)/\(path)")
        #expect(answer == nil)
        servers.first.kill()
        #expect(try await storage.listObjects().map(\.key) == before.objectKeys)
        let jobs = try await catalog.jobs(limit: 9)
        #expect(jobs.map(\.kind) == [method == "DELETE" ? .purge : .revoke])

        let next = try await servers.startNext()
        let isOver = try await servers.eventually { try await catalog.jobs(limit: 1).isEmpty }
        #expect(isOver)
        let after = try await catalog.attachments(messageID: servers.messageID).flatMap(\.objectKeys)
        #expect(try await storage.listObjects().map(\.key) == after)
        #expect(after.count == (method == "DELETE" ? 0 : 1))
        #expect(Set(after).isDisjoint(with: before.objectKeys))
        try await servers.end(next)
    }

    @Test func `the end of a retention purges once, and the next server deletes the objects`() async throws {
        let servers = try await GatewaySuccession(dyingAt: "trash.purged", settings: ["deletion.retentionDays": "1"])
        let (catalog, storage) = (servers.catalog, servers.storage)
        let uploaded = try await servers.upload(
            fileName: "paper.pdf",
            type: "application/pdf",
            document(byteCount: 5000)
        )
        #expect(uploaded.status == 201)
        let before = try #require(try await catalog.attachments(messageID: servers.messageID).first)
        // For so short a time, since a test cannot wait for days.
        let outcome = try await catalog.discardAttachment(
            id: before.id,
            activity: Activity(
                userID: "ann",
                action: .fileDeleted,
                description: "Deleted paper.pdf",
                attachmentID: before.id,
                occurredAt: Date()
            ),
            terms: DeletionTerms(retention: 0.01, userID: "ann")
        )
        #expect(outcome != nil)
        let isDead = try await servers.isFirstDead()
        #expect(isDead)
        #expect(try catalog.trashed(id: before.id) == nil)
        #expect(try await storage.listObjects().map(\.key) == before.objectKeys)
        let jobs = try await catalog.jobs(limit: 9)
        #expect(jobs.map(\.kind) == [.purge])

        let next = try await servers.startNext()
        let disorder = try await servers.lastingDisorder()
        #expect(disorder == [])
        #expect(try await storage.listObjects().isEmpty)
        let ended = try await catalog.endedJobs(kind: .purge, limit: 9)
        #expect(ended.map(\.outcome) == [.done])
        let lines = try await catalog.activities(limit: 100).filter { $0.attachmentID == before.id }
        #expect(lines.count { $0.action == .filePurged } == 1)
        try await servers.end(next)
    }
}
