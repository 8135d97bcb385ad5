import Attachments
import Catalog
import Foundation
import S3
import TestSupport
import Testing

@testable import Gateway

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct WebhookDeliveryTests {
    private func withReceiver(
        _ behaviours: [ScriptedReceiver.Behaviour],
        pauses: [Duration],
        _ body: (GatewayHarness, ScriptedReceiver) async throws -> Void
    ) async throws {
        let receiver = try ScriptedReceiver(behaviours)
        defer { receiver.server.stop() }
        let configured = try receiver.receiver(timeout: .seconds(1))
        try await GatewayHarness.run { configuration in
            configuration.webhooks = [configured]
            configuration.attachments.webhookSchedule = WebhookSchedule(pauses)
        } _: { gateway in
            try await body(gateway, receiver)
        }
    }

    private func upload(_ gateway: GatewayHarness) async throws -> String {
        let stored = try await gateway.post(gateway.form(document(byteCount: 3_000)))
        #expect(stored.status == 201)
        return try #require(stored.json["id"]?.text)
    }

    @Test func `a receiver that fails in every way is told of each event, in order, with a valid signature`()
        async throws
    {
        let troubles: [ScriptedReceiver.Behaviour] = [.status(500), .cut, .silence(.seconds(5)), .status(302)]
        let pauses = Array(repeating: Duration.milliseconds(20), count: 20)
        try await withReceiver(troubles, pauses: pauses) { gateway, receiver in
            let id = try await upload(gateway)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            let isTold = try await gateway.eventually {
                try await gateway.catalog.endedJobs(kind: .webhook, outcome: .done, limit: 10).count == 3
            }
            #expect(isTold)
            let messages = receiver.messages
            var types: [String] = []
            for message in messages where types.last != message.type { types.append(message.type) }
            #expect(types == ["attachment.created", "attachment.ready", "attachment.deleted"])
            #expect(messages.count(where: { $0.type == "attachment.created" }) >= 4)
            #expect(Set(messages.map(\.id)).count == 3, "an event has one identifier, however often it is told")
            for message in messages {
                #expect(message.signature == (try message.expectedSignature()))
                #expect(message.json["data"]?["id"]?.text == id)
                #expect(message.json["data"]?["file_name"] == "paper.pdf")
                #expect(message.json["data"]?["status"] == "ready")
                #expect(!message.body.contains("http"), "a message has no URL in it")
            }
        }
    }

    @Test func `a message that is dead can be seen, and sent again`() async throws {
        try await withReceiver([.status(500), .status(500)], pauses: [.milliseconds(20)]) { gateway, receiver in
            let id = try await upload(gateway)
            let isDead = try await gateway.eventually {
                try await gateway.catalog.endedJobs(kind: .webhook, outcome: .dead, limit: 10).count == 1
            }
            #expect(isDead)
            let dead = try #require(try await gateway.catalog.endedJobs(outcome: .dead, limit: 10).first)
            #expect(dead.name == "app")
            #expect(dead.attempts == 2)
            #expect(dead.lastError == "It answered 500.")
            let shown = try await gateway.sendAsService("GET", "/jobs/\(dead.id)/").json
            #expect(shown["state"] == "dead")
            #expect(shown["name"] == "app")
            #expect(shown["attachment_id"]?.text == id)
            #expect(shown["event_type"] == "attachment.created")
            #expect(shown["event_id"]?.text == receiver.messages.first?.id)
            let path = "/jobs/?history=true&kind=webhook&attachment_id=\(id)"
            let jobs = try await gateway.sendAsService("GET", path).json["jobs"]
            #expect(jobs?[0] == shown || jobs?[1] == shown)
            _ = try await gateway.catalog.retryJob(id: dead.id)
            let isTold = try await gateway.eventually {
                try await gateway.catalog.endedJobs(kind: .webhook, outcome: .done, limit: 10).count == 2
            }
            #expect(isTold)
            #expect(receiver.messages.count(where: { $0.type == "attachment.created" }) == 3)
        }
    }

    @Test func `a receiver that wants no more is not asked again`() async throws {
        try await withReceiver([.status(410)], pauses: [.milliseconds(20)]) { gateway, receiver in
            _ = try await upload(gateway)
            let isOver = try await gateway.eventually {
                try await gateway.catalog.endedJobs(kind: .webhook, limit: 10).count == 2
            }
            #expect(isOver)
            #expect(receiver.messages.map(\.type) == ["attachment.created", "attachment.ready"])
            let outcomes = try await gateway.catalog.endedJobs(kind: .webhook, limit: 10).map(\.outcome)
            #expect(outcomes == [.done, .dead])
        }
    }

    @Test(.enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"))
    func `a process that dies after the answer tells once more, by the same identifier`() async throws {
        let receiver = try ScriptedReceiver()
        defer { receiver.server.stop() }
        let seaweed = try await SeaweedFS.shared
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(
            path: directory.file("catalog.sqlite"),
            webhooks: WebhookTargets([try receiver.receiver()])
        )
        try catalog.migrate()
        let storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let settings = storage.settings(and: [
            "database.path": directory.file("catalog.sqlite"), "spool.directory": directory.file("spool"),
            "auth.secret": GatewayHarness.secret, "webhooks.app.url": "\(receiver.server.url)/events",
            "webhooks.app.secret": ScriptedReceiver.secret, "webhooks.app.allowPrivate": "true",
        ])
        let event = try await recordUpload(in: catalog)
        let deadly = try GatewayProcess(settings: settings, environment: ["SATCHEL_TEST_FAULT_POINT": "webhook.sent"])
        // It may be told of the event, and die, before it answers that it runs.
        try? await deadly.start()
        #expect(try await TortureTests.comesTrue { !receiver.messages.isEmpty })
        deadly.kill()
        #expect(try await catalog.endedJobs(kind: .webhook, limit: 10).isEmpty)
        let next = try GatewayProcess(settings: settings)
        try await next.start()
        let isTold = try await TortureTests.comesTrue {
            try await catalog.endedJobs(kind: .webhook, outcome: .done, limit: 10).count == 2
        }
        #expect(isTold)
        next.kill()
        let told = receiver.messages.filter { $0.type == "attachment.created" }
        #expect(told.count == 2)
        #expect(Set(told.map(\.id)).count == 1)
        #expect(told.first?.json["data"]?["id"]?.text == event)
        try catalog.close()
    }

    /// An attachment that is ready, as an upload would leave it.
    private func recordUpload(in catalog: Catalog) async throws -> String {
        let conversation = UUID.version7()
        let message = Message(id: .version7(), conversationID: conversation, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(id: conversation, participants: [])
        try await catalog.putMessage(message)
        let id = UUID.version7()
        let attachment = CatalogAttachment(
            id: id,
            messageID: message.id,
            objectKey: "attachments/\(id.uuidString.lowercased())/original",
            fileName: "paper.pdf",
            fileKind: .document,
            fileSize: 3_000,
            mediaType: "application/pdf",
            sha256: String(repeating: "0f", count: 32),
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
        try await catalog.insertIntent(
            UploadIntent(id: id, objectKey: attachment.objectKey, userID: "ann", createdAt: Date())
        )
        _ = try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(
                userID: "ann",
                action: .fileUploaded,
                description: "Uploaded paper.pdf",
                attachmentID: id,
                occurredAt: Date()
            ),
            requiresParticipation: false
        )
        return id.uuidString.lowercased()
    }
}
