import Foundation
import Synchronization
import TestSupport

@testable import Gateway

/// A receiver that answers what a test tells it, request by request, and 200 after that.
final class ScriptedReceiver: Sendable {
    /// What becomes of one request.
    enum Behaviour: Sendable {
        case status(Int)
        /// The connection is cut when the request has been read.
        case cut
        /// Nothing is answered for so long.
        case silence(Duration)
    }

    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// What `echo MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | base64 -d | xxd -p` says of it.
    static let secretInHex = "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0"

    private final class Script: Sendable {
        private let behaviours: Mutex<[Behaviour]>

        init(_ behaviours: [Behaviour]) {
            self.behaviours = Mutex(behaviours)
        }

        func next() -> Behaviour {
            behaviours.withLock { $0.isEmpty ? .status(200) : $0.removeFirst() }
        }
    }

    let server: ScriptedServer

    init(_ behaviours: [Behaviour] = []) throws {
        let script = Script(behaviours)
        server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                switch script.next() {
                case .status(let status):
                    try connection.respond(status: status, headers: [("Location", "/elsewhere")], body: "ok")
                case .cut:
                    connection.reset()
                    return
                case .silence(let duration):
                    connection.stall(for: duration)
                    return
                }
            }
        }
    }

    /// The messages in the order in which they came.
    var messages: [ReceivedMessage] { server.requests.map(ReceivedMessage.init) }

    func receiver(timeout: Duration = .seconds(5), allowsPrivate: Bool = true) throws -> WebhookReceiver {
        guard let secret = WebhookSecret(Self.secret) else { throw HarnessError(description: "the secret is none") }
        return WebhookReceiver(
            name: "app",
            url: "\(server.url)/events?from=satchel",
            secrets: [secret],
            timeout: timeout,
            allowsPrivate: allowsPrivate
        )
    }
}

/// A message as a receiver sees it.
struct ReceivedMessage: Sendable {
    let request: RecordedRequest

    var id: String { request.header("webhook-id") ?? "" }
    var timestamp: Int64 { Int64(request.header("webhook-timestamp") ?? "") ?? 0 }
    var signature: String { request.header("webhook-signature") ?? "" }
    var body: String { String(decoding: request.body, as: UTF8.self) }
    var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(request.body))) ?? .null }
    var type: String { json["type"]?.text ?? "" }

    /// What the `openssl` program makes of the message with the secret of the tests: another hand than the one that signed.
    func expectedSignature() throws -> String {
        let directory = try TemporaryDirectory()
        let file = directory.file("signed")
        try "\(id).\(timestamp).\(body)".write(toFile: file, atomically: true, encoding: .utf8)
        let key = ScriptedReceiver.secretInHex
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "openssl dgst -sha256 -mac HMAC -macopt hexkey:\(key) -binary '\(file)' | openssl base64 -A",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        withExtendedLifetime(directory) {}
        return "v1,\(text)"
    }
}
