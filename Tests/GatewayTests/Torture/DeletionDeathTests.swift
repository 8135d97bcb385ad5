import Catalog
import Foundation
import Gateway
import S3
import SigV4
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
        let directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        let storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let database = directory.file("catalog.sqlite")
        let settings = [
            "database.path": database, "spool.directory": directory.file("spool"),
            "s3.endpoint": "\(storage.endpoint.scheme)://\(storage.endpoint.authority)", "s3.bucket": storage.bucket,
            "s3.accessKeyId": storage.credentials.accessKeyID,
            "s3.secretAccessKey": storage.credentials.secretAccessKey,
            "auth.secret": GatewayHarness.secret, "log.level": "error",
        ]
        let dying = try GatewayProcess(settings: settings, environment: ["SATCHEL_TEST_FAULT_POINT": step])
        try await dying.start()
        let catalog = try Catalog.open(path: database)
        let (conversationID, messageID) = (UUID.version7(), UUID.version7())
        try await catalog.putConversation(
            id: conversationID,
            participants: [Participant(conversationID: conversationID, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: conversationID, senderID: "ann", createdAt: Date())
        )
        let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = try await issuer.token(userID: "ann", expiresIn: .seconds(600))
        let authorization = (name: "Authorization", value: "Bearer \(token)")
        var form = TestForm()
        form.addField("message_id", messageID.uuidString.lowercased())
        form.addFile(fileName: "paper.pdf", type: "application/pdf", document(byteCount: 5000))
        let uploaded = try await RawHTTPRequest(
            "POST",
            "/api/chat/upload/",
            headers: [authorization, (name: "Content-Type", value: form.contentType)],
            body: form.body
        )
        .send(port: dying.port)
        #expect(uploaded.status == 201)
        let id = try #require(uploaded.json["id"]?.text)
        let before = try #require(try await catalog.attachments(messageID: messageID).first)

        let answer = try? await RawHTTPRequest(method, "/api/chat/attachments/\(id)/\(path)", headers: [authorization])
            .send(port: dying.port)
        #expect(answer == nil)
        dying.kill()
        let client = try S3Client(configuration: storage)
        #expect(try await client.listObjects().map(\.key) == before.objectKeys)
        let jobs = try await catalog.jobs(limit: 9)
        #expect(jobs.map(\.kind) == [method == "DELETE" ? .purge : .revoke])

        let next = try GatewayProcess(settings: settings)
        try await next.start()
        let isOver = try await eventually { try await catalog.jobs(limit: 1).isEmpty }
        #expect(isOver)
        let after = try await catalog.attachments(messageID: messageID).flatMap(\.objectKeys)
        #expect(try await client.listObjects().map(\.key) == after)
        #expect(after.count == (method == "DELETE" ? 0 : 1))
        #expect(Set(after).isDisjoint(with: before.objectKeys))
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
