import Catalog
import Foundation
import Gateway
import S3
import SigV4
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
        let directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        let storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let path = directory.file("catalog.sqlite")
        let settings = [
            "database.path": path, "spool.directory": directory.file("spool"),
            "s3.endpoint": "\(storage.endpoint.scheme)://\(storage.endpoint.authority)", "s3.bucket": storage.bucket,
            "s3.accessKeyId": storage.credentials.accessKeyID,
            "s3.secretAccessKey": storage.credentials.secretAccessKey,
            "auth.secret": GatewayHarness.secret, "log.level": "error",
        ]
        let dying = try GatewayProcess(settings: settings, environment: ["SATCHEL_TEST_FAULT_POINT": step])
        try await dying.start()
        let catalog = try Catalog.open(path: path)
        let conversationID = UUID.version7()
        let messageID = UUID.version7()
        try await catalog.putConversation(
            id: conversationID,
            participants: [Participant(conversationID: conversationID, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: conversationID, senderID: "ann", createdAt: Date())
        )
        let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = try await issuer.token(userID: "ann", expiresIn: .seconds(600))
        var form = TestForm()
        form.addField("message_id", messageID.uuidString.lowercased())
        form.addFile(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
        let authorization = (name: "Authorization", value: "Bearer \(token)")
        let uploaded = try await RawHTTPRequest(
            "POST",
            "/api/chat/upload/",
            headers: [authorization, (name: "Content-Type", value: form.contentType)],
            body: form.body
        )
        .send(port: dying.port)
        #expect(uploaded.status == 201)
        let id = try #require(uploaded.json["id"]?.text.flatMap(UUID.init(uuidString:)))
        #expect(try await eventually { try await catalog.attachment(id: id)?.status == .ready })

        // It is queued past the server, which finds it, and may be dead before it could have answered.
        _ = try await catalog.requestProcessing(attachmentID: id)
        let job = try #require(try await catalog.jobs(attachmentID: id, limit: 1).first)
        let isDead = try await eventually {
            (try? await RawHTTPRequest("GET", "/healthz").send(port: dying.port)) == nil
        }
        #expect(isDead)
        #expect(try await catalog.endedJob(id: job.id)?.outcome == (step == "jobs.ended" ? .done : nil))
        dying.kill()

        let next = try GatewayProcess(settings: settings)
        try await next.start()
        #expect(try await eventually { try await catalog.endedJob(id: job.id) != nil })
        let ended = try #require(try await catalog.endedJob(id: job.id))
        #expect(ended.outcome == .done)
        #expect(ended.attempts == (step == "jobs.claimed" ? 2 : 1))
        let client = try S3Client(configuration: storage)
        let isTidy = try await eventually {
            let attachment = try await catalog.attachment(id: id)
            let keys = try await client.listObjects().map(\.key)
            let (intents, jobs) = (try await catalog.intents(), try await catalog.jobs(limit: 1))
            return intents.isEmpty && jobs.isEmpty && keys.sorted() == attachment?.objectKeys.sorted()
        }
        #expect(isTidy)
        let attachment = try #require(try await catalog.attachment(id: id))
        #expect(attachment.status == .ready)
        #expect(Set(attachment.renditions.map(\.name)).count == attachment.renditions.count)
        await client.shutdown()
        next.kill()
        withExtendedLifetime(directory) {}
    }

    /// Waits until the condition holds, for at most half a minute.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<300 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
