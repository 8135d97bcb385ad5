import Attachments
import Catalog
import Foundation
import Gateway
import TestSupport
import Testing

/// Jobs, seen and handled by the app's back end.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct JobRouteTests {
    @Test func `a job is shown while it is under way, cancelled, and done again`() async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, job) = try await gateway.beginWork()
            let running = try await gateway.sendAsService("GET", "/jobs/\(job.id)/")
            #expect(running.status == 200)
            #expect(
                running.json.keys == [
                    "id", "kind", "state", "name", "attachment_id", "event_id", "event_type", "user_id",
                    "object_count", "attempts", "delays", "worker_deaths", "percent", "stage", "is_cancelled",
                    "run_after", "last_error", "created_at", "ended_at",
                ]
            )
            #expect(running.json["state"] == "running")
            #expect(running.json["user_id"] == "ann")
            #expect(running.json["event_type"] == .null)
            #expect(try await gateway.sendAsService("POST", "/jobs/\(job.id)/retry/").status == 409)

            let told = try await gateway.sendAsService("POST", "/jobs/\(job.id)/cancel/")
            #expect(told.status == 202)
            #expect(told.json["is_cancelled"] == true)
            try await gateway.catalog.releaseJob(job)
            let ended = try await gateway.sendAsService("GET", "/jobs/\(job.id)/")
            #expect(ended.json["state"] == "cancelled")
            #expect(ended.json["run_after"] == .null)
            #expect(ended.json["ended_at"] != .null)
            let failed = try await gateway.send("GET", "/attachments/\(attachment.id)/")
            #expect(failed.json["status"] == "failed")
            #expect(failed.json["failure_reason"] == "cancelled")
            #expect(failed.json["processing"] == .null)
            #expect(try await gateway.sendAsService("POST", "/jobs/\(job.id)/cancel/").status == 409)

            let path = "/jobs/?history=true&attachment_id=\(attachment.id)"
            let history = try await gateway.sendAsService("GET", path)
            #expect(history.json["jobs"]?[0]?["id"] == running.json["id"])
            #expect(try await gateway.sendAsService("GET", "/jobs/?attachment_id=\(attachment.id)").json["jobs"] == [])
            let again = try await gateway.sendAsService("POST", "/jobs/\(job.id)/retry/")
            #expect(again.status == 202)
            #expect(again.json["id"] == running.json["id"])
            #expect(again.json["attempts"] == 0)
        }
    }

    @Test(arguments: ["0", "x", "999999", "-1"])
    func `a number without a job is not found`(id: String) async throws {
        try await GatewayHarness.run { gateway in
            for (method, path) in [("GET", ""), ("POST", "retry/"), ("POST", "cancel/")] {
                let response = try await gateway.sendAsService(method, "/jobs/\(id)/\(path)")
                #expect(response.status == 404)
                #expect(response.json["code"] == "job_not_found")
            }
        }
    }

    @Test func `who may read jobs may not end them`() async throws {
        try await GatewayHarness.run { gateway in
            let token = try await gateway.tokens.token(userID: "watcher", canRead: true, expiresIn: .seconds(60))
            let headers = [(name: "Authorization", value: "Bearer \(token)")]
            let (_, job) = try await gateway.beginWork()
            for (method, path, status) in [("GET", "", 200), ("POST", "retry/", 403), ("POST", "cancel/", 403)] {
                let response = try await gateway.send(method, "/jobs/\(job.id)/\(path)", as: nil, headers: headers)
                #expect(response.status == status)
            }
            for query in ["?history=perhaps", "?attachment_id=7"] {
                #expect(try await gateway.sendAsService("GET", "/jobs/\(query)").status == 400)
            }
        }
    }

    @Test func `progress is told of the attachment by its id, and in no list`() async throws {
        try await GatewayHarness.run { gateway in
            let (attachment, job) = try await gateway.beginWork()
            try await gateway.catalog.reportProgress(of: job, percent: 40, stage: "reading")
            let one = try await gateway.send("GET", "/attachments/\(attachment.id)/")
            #expect(
                one.json["processing"] == [
                    ["kind": "process", "name": "", "percent": 40, "stage": "reading", "state": "running"]
                ]
            )
            let list = try await gateway.send("GET", "/attachments/?message_id=\(gateway.messageID)")
            #expect(list.json["attachments"]?[0]?["processing"] == .null)
        }
    }

    @Test func `a server is known before it listens`() async throws {
        try await GatewayHarness.run { gateway in
            let runners = try await gateway.catalog.runners()
            #expect(runners.map(\.kind) == [.serve])
        }
    }

    @Test func `what the server does not do itself waits for another process`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.jobs.kindsInServer = [.process] }) { gateway in
            let uploaded = try await gateway.post(gateway.form(document(byteCount: 1000)))
            let id = try #require(uploaded.json["id"]?.text.flatMap(UUID.init(uuidString:)))
            #expect(try await gateway.catalog.revokeConversation(id: gateway.conversationID) == 1)
            try await Task.sleep(for: .seconds(3))
            let job = try #require(try await gateway.catalog.job(attachmentID: id, kind: .revoke))
            #expect(job.attempts == 0)
            #expect(try await gateway.catalog.runners().map(\.kind) == [.serve])
        }
    }
}

extension GatewayHarness {
    /// A video of ann that somebody works on for the next minute; rows alone.
    func beginWork() async throws -> (attachment: CatalogAttachment, job: Job) {
        let attachment = SampleAttachment.video(messageID: messageID)
        try await catalog.insertIntent(
            UploadIntent(id: attachment.id, objectKey: attachment.objectKey, userID: "ann", createdAt: Date())
        )
        let job = try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(userID: "ann", action: .fileUploaded, description: "", occurredAt: Date())
        )
        guard let job else { throw HarnessError(description: "a video was committed without a job") }
        return (attachment, job)
    }
}
