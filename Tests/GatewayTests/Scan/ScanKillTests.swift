import Catalog
import Foundation
import S3
import SigV4
import TestSupport
import Testing

@testable import Gateway

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
        let seaweed = try await SeaweedFS.shared
        let directory = try TemporaryDirectory()
        let configuration = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let settings = [
            "database.path": directory.file("catalog.sqlite"), "spool.directory": directory.file("spool"),
            "s3.endpoint": "\(seaweed.endpoint.scheme)://\(seaweed.endpoint.authority)",
            "s3.bucket": configuration.bucket,
            "s3.accessKeyId": configuration.credentials.accessKeyID,
            "s3.secretAccessKey": configuration.credentials.secretAccessKey, "auth.secret": GatewayHarness.secret,
            "scan.clamd": "unix:\(clamd.socketPath)",
        ]
        let deadly = try GatewayProcess(settings: settings, environment: ["SATCHEL_TEST_FAULT_POINT": point])
        try await deadly.start()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        let conversation = UUID.version7()
        let message = Message(id: .version7(), conversationID: conversation, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(
            id: conversation,
            participants: [Participant(conversationID: conversation, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(message)
        var form = TestForm()
        form.addField("message_id", message.id.text)
        form.addFile(fileName: "notes.txt", type: "text/plain", isInfected ? Clamd.eicar : Array("hello, world".utf8))
        let tokens = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = try await tokens.token(userID: "ann", isService: false, expiresIn: .seconds(600))
        let headers = [
            (name: "Authorization", value: "Bearer \(token)"), (name: "Content-Type", value: form.contentType),
        ]
        let upload = RawHTTPRequest("POST", "/api/chat/upload/", headers: headers, body: form.body)
        let answer = try? await upload.send(port: deadly.port)
        #expect(answer?.status == nil, "the process dies before it answers")
        let held = try #require(try await catalog.attachments(messageID: message.id).first)
        #expect(held.hold == .scan)
        #expect(held.status == .processing)
        deadly.kill()

        let next = try GatewayProcess(settings: settings)
        try await next.start()
        let isOver = try await TortureTests.comesTrue {
            try await catalog.endedJobs(kind: .scan, limit: 10).count == 1
        }
        #expect(isOver)
        let settled = try #require(try await catalog.attachments(messageID: message.id).first)
        #expect(settled.hold == (isInfected ? .infected : nil))
        #expect(settled.status == (isInfected ? .failed : .ready))
        let storage = try S3Client(configuration: configuration)
        let objectCount = isInfected ? 0 : 1
        #expect(try await TortureTests.comesTrue { try await storage.listObjects().count == objectCount })
        #expect(try await catalog.intents().isEmpty)
        await storage.shutdown()
        next.kill()
        try catalog.close()
    }
}
