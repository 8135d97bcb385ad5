import Catalog
import Foundation
import Gateway
import S3
import SigV4
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
        let directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        let storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let path = directory.file("catalog.sqlite")
        let settings = [
            "database.path": path, "spool.directory": directory.file("spool"),
            "s3.endpoint": "\(storage.endpoint.scheme)://\(storage.endpoint.authority)", "s3.bucket": storage.bucket,
            "s3.accessKeyId": storage.credentials.accessKeyID,
            "s3.secretAccessKey": storage.credentials.secretAccessKey,
            "auth.secret": GatewayHarness.secret, "log.level": "error", "urls.lifetimeSeconds": "2",
            "urls.windowSeconds": "1", "renditions.video.180p.shortEdge": "180",
            "renditions.video.180p.maxBitrate": "150", "renditions.keepOriginal": "false",
        ]
        let dying = try GatewayProcess(settings: settings, environment: ["SATCHEL_TEST_FAULT_POINT": step])
        try await dying.start()
        let catalog = try Catalog.open(path: path)
        let messageID = try await putMessage(in: catalog)
        let original = try clip(seconds: 3)
        // The job begins by itself, and may end the server before that has answered.
        _ = try? await upload(original, to: dying.port, messageID: messageID)
        let isDead = try await eventually {
            (try? await RawHTTPRequest("GET", "/healthz").send(port: dying.port)) == nil
        }
        #expect(isDead)
        dying.kill()

        let next = try GatewayProcess(settings: settings)
        try await next.start()
        let client = try S3Client(configuration: storage)
        let isTidy = try await eventually {
            let attachment = try await catalog.attachments(messageID: messageID).first
            let keys = try await client.listObjects().map(\.key)
            guard try await catalog.intents().isEmpty, try await catalog.jobs(limit: 1).isEmpty else { return false }
            return attachment?.height == 180 && keys.sorted() == attachment?.objectKeys.sorted()
        }
        #expect(isTidy)
        let attachment = try #require(try await catalog.attachments(messageID: messageID).first)
        #expect(attachment.status == .ready)
        #expect(attachment.fileSize < original.count)
        #expect(!attachment.renditions.contains { $0.name == "180p" })
        let bytes = try await client.headObject(key: attachment.objectKey).byteCount
        #expect(bytes == attachment.fileSize)
        let ended = try await catalog.endedJobs(kind: .transcode, limit: 9)
        #expect(ended.map(\.name).sorted() == ["180p", "original"])
        #expect(ended.allSatisfy { $0.outcome == .done })
        #expect(try await client.listMultipartUploads().isEmpty)
        await client.shutdown()
        next.kill()
        try catalog.close()
        withExtendedLifetime(directory) {}
    }

    private func putMessage(in catalog: Catalog) async throws -> UUID {
        let (conversationID, messageID) = (UUID.version7(), UUID.version7())
        try await catalog.putConversation(
            id: conversationID,
            participants: [Participant(conversationID: conversationID, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: conversationID, senderID: "ann", createdAt: Date())
        )
        return messageID
    }

    private func upload(_ bytes: [UInt8], to port: Int, messageID: UUID) async throws -> Int {
        let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = try await issuer.token(userID: "ann", expiresIn: .seconds(600))
        var form = TestForm()
        form.addField("message_id", messageID.uuidString.lowercased())
        form.addFile(fileName: "clip.mp4", type: "video/mp4", bytes)
        let headers = [
            (name: "Authorization", value: "Bearer \(token)"), (name: "Content-Type", value: form.contentType),
        ]
        return try await RawHTTPRequest("POST", "/api/chat/upload/", headers: headers, body: form.body)
            .send(port: port).status
    }

    /// Waits until the condition holds, for at most a minute.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<600 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
