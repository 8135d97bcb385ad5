import Catalog
import Foundation
import Gateway
import S3
import SigV4
import TestSupport

/// Servers that follow one another over the same database, spool and bucket: the first one dies at a named step.
///
/// There is one message, which Ann sent and to which she uploads.
struct GatewaySuccession {
    let first: GatewayProcess
    let catalog: Catalog
    let storage: S3Client
    let messageID = UUID.version7()
    private let settings: [String: String]
    private let authorization: (name: String, value: String)
    private let directory: TemporaryDirectory

    /// Starts the one that dies, where a step is given, and tells it of the message; `others` are settings of all of them.
    init(dyingAt step: String?, settings others: [String: String] = [:]) async throws {
        directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        let bucket = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let path = directory.file("catalog.sqlite")
        let own = [
            "database.path": path, "spool.directory": directory.file("spool"),
            "s3.endpoint": "\(bucket.endpoint.scheme)://\(bucket.endpoint.authority)", "s3.bucket": bucket.bucket,
            "s3.accessKeyId": bucket.credentials.accessKeyID,
            "s3.secretAccessKey": bucket.credentials.secretAccessKey,
            "auth.secret": GatewayHarness.secret, "log.level": "error",
        ]
        settings = own.merging(others) { _, given in given }
        first = try GatewayProcess(settings: settings, environment: Self.environment(dyingAt: step))
        try await first.start()
        catalog = try Catalog.open(path: path)
        let conversationID = UUID.version7()
        try await catalog.putConversation(
            id: conversationID,
            participants: [Participant(conversationID: conversationID, userID: "ann", role: .member)]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: conversationID, senderID: "ann", createdAt: Date())
        )
        let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = try await issuer.token(userID: "ann", expiresIn: .seconds(600))
        authorization = (name: "Authorization", value: "Bearer \(token)")
        storage = try S3Client(configuration: bucket)
    }

    private static func environment(dyingAt step: String?) -> [String: String] {
        step.map { ["SATCHEL_TEST_FAULT_POINT": $0] } ?? [:]
    }

    /// Uploads a file to the first one, which may die before it has answered.
    func upload(fileName: String, type: String, _ bytes: [UInt8]) async throws -> RawHTTPResponse {
        var form = TestForm()
        form.addField("message_id", messageID.uuidString.lowercased())
        form.addFile(fileName: fileName, type: type, bytes)
        let headers = [authorization, (name: "Content-Type", value: form.contentType)]
        return try await RawHTTPRequest("POST", "/api/chat/upload/", headers: headers, body: form.body)
            .send(port: first.port)
    }

    /// Sends a request without a body to the first one, as Ann.
    func send(_ method: String, _ path: String) async throws -> RawHTTPResponse {
        try await RawHTTPRequest(method, path, headers: [authorization]).send(port: first.port)
    }

    /// Waits for the first one's death, and buries it; false where it goes on living.
    func isFirstDead() async throws -> Bool {
        let isDead = try await eventually {
            (try? await RawHTTPRequest("GET", "/healthz").send(port: first.port)) == nil
        }
        first.kill()
        return isDead
    }

    /// Starts the next one, which does not die; it lives for as long as the value.
    func startNext() async throws -> GatewayProcess {
        let next = try GatewayProcess(settings: settings)
        try await next.start()
        return next
    }

    /// Starts a process beside the servers that works jobs off and dies where a step is given; it lives for as long as the value.
    func startWork(dyingAt step: String? = nil) async throws -> GatewayProcess {
        let work = try GatewayProcess(
            settings: settings,
            environment: Self.environment(dyingAt: step),
            command: .work
        )
        try await work.start()
        return work
    }

    /// What is not as it must be once all work is over: jobs, intents, open uploads, objects that no row names, rows without an
    /// object, names that an attachment has twice, spool files.
    func disorder() async throws -> [String] {
        let attachments = try await catalog.attachments(messageID: messageID)
        let wanted = Set(attachments.flatMap(\.objectKeys))
        let found = Set(try await storage.listObjects().map(\.key))
        let twice = attachments.flatMap { attachment in
            Dictionary(grouping: attachment.renditions, by: \.name).filter { $0.value.count > 1 }.keys
        }
        let jobs = try await catalog.jobs(limit: 100).map { "job \($0.kind) \($0.name)" }
        let intents = try await catalog.intents().map { "intent \($0.objectKey)" }
        let uploads = try await storage.listMultipartUploads().map { "upload \($0.key)" }
        let files = FileManager.default.enumerator(atPath: directory.file("spool"))?.compactMap { $0 as? String } ?? []
        return jobs + intents + uploads + twice.map { "twice \($0)" }
            + found.subtracting(wanted).map { "object \($0)" } + wanted.subtracting(found).map { "lost \($0)" }
            + files.filter { $0.hasSuffix(".spool") }.map { "spool \($0)" }
    }

    /// Waits until all work is over and everything is in order; answers what is not.
    func lastingDisorder() async throws -> [String] {
        var found: [String] = []
        _ = try await eventually {
            found = try await disorder()
            return found.isEmpty
        }
        return found
    }

    /// Ends the last one, and lets go of bucket, database and files.
    func end(_ last: GatewayProcess) async throws {
        last.kill()
        await storage.shutdown()
        try catalog.close()
        withExtendedLifetime(directory) {}
    }

    /// Waits until the condition holds, for at most five minutes: generous, since work in the background has the lowest priority.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<3000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
