import Attachments
import Catalog
import Foundation
import Gateway
import Logging
import S3
import TestSupport

/// A gateway that listens on a port of its own, over a real bucket, with one conversation and one message.
///
/// ann and bob are members of the conversation, admin is its admin, mallory is nobody.
final class GatewayHarness: Sendable {
    let directory: TemporaryDirectory
    let configuration: GatewayConfiguration
    let server: GatewayServer
    let port: Int
    /// A second look into the bucket, apart from the server's.
    let storage: S3Client
    /// A second look into the database, apart from the server's.
    let catalog: Catalog
    let tokens: TokenIssuer
    let conversationID = UUID.version7()
    let messageID = UUID.version7()
    private let running: Task<Void, any Error>

    static let secret = "a secret of the tests, long enough for HS256"

    private init(
        directory: TemporaryDirectory,
        configuration: GatewayConfiguration,
        server: GatewayServer
    ) async throws {
        self.directory = directory
        self.configuration = configuration
        self.server = server
        running = Task { try await server.run() }
        guard let port = await server.waitForPort() else {
            try await running.value
            throw HarnessError(description: "the server ended before it listened")
        }
        self.port = port
        storage = try S3Client(configuration: configuration.storage)
        catalog = try Catalog.open(path: configuration.databasePath)
        tokens = await TokenIssuer(configuration: configuration.tokens)
        try await catalog.putConversation(
            id: conversationID,
            participants: [
                Participant(conversationID: conversationID, userID: "ann", role: .member),
                Participant(conversationID: conversationID, userID: "bob", role: .member),
                Participant(conversationID: conversationID, userID: "admin", role: .admin),
            ]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: conversationID, senderID: "ann", createdAt: Date())
        )
    }

    /// Runs the body against a gateway of its own and shuts that down, whatever happens.
    ///
    /// `reloaded` changes the configuration that a reload finds, or throws what is wrong with it.
    static func run(
        seaweed: SeaweedFS? = nil,
        logger: Logger? = nil,
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        reloaded: (@Sendable (inout GatewayConfiguration) throws -> Void)? = nil,
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        let storage: SeaweedFS
        if let seaweed { storage = seaweed } else { storage = try await SeaweedFS.shared }
        let directory = try TemporaryDirectory()
        var configuration = try await makeConfiguration(directory: directory, seaweed: storage)
        configure(&configuration)
        let started = configuration
        let source: Reload.Source? = reloaded.map { change in
            { @Sendable () async throws -> GatewayConfiguration in
                var configuration = started
                try change(&configuration)
                return configuration
            }
        }
        let server = try await GatewayServer(
            configuration: configuration,
            logger: logger ?? GatewayServer.makeLogger(level: .critical),
            migrates: true,
            source: source
        )
        let harness = try await GatewayHarness(directory: directory, configuration: configuration, server: server)
        do {
            try await body(harness)
        } catch {
            try? await harness.stop()
            throw error
        }
        try await harness.stop()
    }

    static func makeConfiguration(
        directory: TemporaryDirectory,
        seaweed: SeaweedFS
    ) async throws -> GatewayConfiguration {
        var attachments = AttachmentsConfiguration(spoolDirectory: directory.file("spool"), partSizeBytes: 5 << 20)
        attachments.inlineWait = .seconds(100)
        // Tests send more than people do; those that are about limits set them.
        attachments.uploadsAtOncePerUser = nil
        return GatewayConfiguration(
            listener: ListenerConfiguration(port: 0),
            databasePath: directory.file("catalog.sqlite"),
            storage: seaweed.configuration(bucket: try await seaweed.makeBucket()),
            tokens: TokenConfiguration(secret: secret),
            attachments: attachments,
            limits: GatewayLimits(rates: .none),
            workerPath: WorkerBinary.path
        )
    }

    /// Shuts the server down and waits for its end; a second call changes nothing.
    func stop() async throws {
        await server.shutDown()
        let outcome = await running.result
        await storage.shutdown()
        try outcome.get()
    }

    /// Waits for the end of the server, which something else has begun.
    func waitForEnd() async throws {
        try await running.value
    }

    // MARK: - Requests

    func authorization(_ user: String, isService: Bool = false) async throws -> (name: String, value: String) {
        let token = try await tokens.token(userID: user, isService: isService, expiresIn: .seconds(600))
        return (name: "Authorization", value: "Bearer \(token)")
    }

    func request(
        _ method: String,
        _ path: String,
        as user: String? = "ann",
        isService: Bool = false,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) async throws -> RawHTTPRequest {
        var all = headers
        if let user { all.append(try await authorization(user, isService: isService)) }
        return RawHTTPRequest(method, "/api/chat\(path)", headers: all, body: body)
    }

    func send(
        _ method: String,
        _ path: String,
        as user: String? = "ann",
        isService: Bool = false,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) async throws -> RawHTTPResponse {
        try await request(method, path, as: user, isService: isService, headers: headers, body: body).send(port: port)
    }

    /// A request of the app's back end with a JSON body.
    func sendAsService(_ method: String, _ path: String, json: String? = nil) async throws -> RawHTTPResponse {
        try await send(method, path, as: "backend", isService: true, body: json.map { Array($0.utf8) })
    }

    func post(_ form: TestForm, to path: String = "/upload/", as user: String? = "ann") async throws -> RawHTTPResponse
    {
        let headers = [(name: "Content-Type", value: form.contentType)]
        return try await send("POST", path, as: user, headers: headers, body: form.body)
    }

    /// A form with the message of this harness and one file.
    func form(fileName: String = "paper.pdf", type: String = "application/pdf", _ bytes: [UInt8]) -> TestForm {
        var form = TestForm()
        form.addField("message_id", messageID.uuidString.lowercased())
        form.addFile(fileName: fileName, type: type, bytes)
        return form
    }

    // MARK: - What is left

    /// What a failed upload may have left anywhere: objects, open multipart uploads, intents, rows, spool files.
    func remains() async throws -> [String] {
        let objects = try await storage.listObjects().map { "object \($0.key)" }
        let uploads = try await storage.listMultipartUploads().map { "upload \($0.key)" }
        let intents = try await catalog.intents().map { "intent \($0.objectKey)" }
        let rows = try await catalog.attachments(messageID: messageID).map { "row \($0.id)" }
        return objects + uploads + intents + rows + (try spoolFiles().map { "spool \($0)" })
    }

    func spoolFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: configuration.attachments.spoolDirectory)
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

/// Why a harness could not be had.
struct HarnessError: Error, CustomStringConvertible {
    let description: String
}

/// Bytes that begin like a PDF and go on without a pattern that two files share.
func document(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var bytes = Array("%PDF-1.7\n".utf8)
    bytes.reserveCapacity(byteCount + 8)
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    while bytes.count < byteCount {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(byteCount))
}

/// The bytes of an H.264 MP4 of 640 by 360 pixels with sound.
func clip(seconds: Double) throws -> [UInt8] {
    let media = try MediaFixtures()
    let path = try media.video("clip.mp4", width: 640, height: 360, seconds: seconds, hasAudio: true)
    return try withExtendedLifetime(media) { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
}
