import Foundation
import Logging
import Synchronization
import TestSupport

@testable import Gateway

/// A real HTTP server on the loopback that publishes a key set, which the test may change, break or delay.
final class KeySetServer: Sendable {
    struct Answer {
        var status = 200
        var body: String
        var delay = Duration.zero
    }

    /// Apart from the server, whose script needs it before the server is there.
    private final class Script: Sendable {
        let answer: Mutex<Answer>

        init(_ answer: Answer) { self.answer = Mutex(answer) }
    }

    private let script: Script
    private let server: ScriptedServer

    /// Starts a server that publishes these keys.
    init(_ keys: [String]) throws {
        let script = Script(Answer(body: Self.document(keys)))
        self.script = script
        server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                let answer = script.answer.withLock { $0 }
                if answer.delay > .zero { connection.stall(for: answer.delay) }
                let headers = [("Content-Type", "application/json")]
                try connection.respond(status: answer.status, headers: headers, body: answer.body)
            }
        }
    }

    deinit {
        server.stop()
    }

    var url: String { "\(server.url)/jwks.json" }

    /// How often the set was asked for.
    var requestCount: Int { server.requests.count }

    /// Publishes other keys from now on.
    func publish(_ keys: [String]) {
        change { $0 = Answer(body: Self.document(keys)) }
    }

    func change(_ body: (inout Answer) -> Void) {
        script.answer.withLock { body(&$0) }
    }

    /// Takes no more connections, and cuts those there are.
    func stop() {
        server.stop()
    }

    static func document(_ keys: [String]) -> String {
        #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    /// A source of this set that may be read as often as asked, unless a pause is given.
    func keySet(pause: Duration = .zero, maxAge: Duration = .seconds(3600)) throws -> RemoteKeySet {
        try RemoteKeySet(
            url: url,
            maxAge: maxAge,
            pause: pause,
            certificateAuthorityFile: nil,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }
}
