import Synchronization
import TestSupport

@testable import Gateway

/// An app that is asked for memberships, and answers what the test last said.
final class ScriptedApp: Sendable {
    static let secret = "a hook's secret of the tests, 32 bytes or more"

    private final class Words: Sendable {
        private let value = Mutex<(status: Int, body: String)>((200, #"{"member":true}"#))

        var current: (status: Int, body: String) { value.withLock { $0 } }

        func set(_ status: Int, _ body: String) {
            value.withLock { $0 = (status, body) }
        }
    }

    private let words: Words
    private let server: ScriptedServer

    /// Each answer comes after a pause.
    init(pause: Duration = .zero) throws {
        let words = Words()
        self.words = words
        server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                // What is answered is what was true when the question came.
                let (status, body) = words.current
                if pause > .zero { connection.stall(for: pause) }
                try connection.respond(status: status, headers: [("Content-Type", "application/json")], body: body)
            }
        }
    }

    var questions: [RecordedRequest] { server.requests }

    func say(_ body: String, status: Int = 200) {
        words.set(status, body)
    }

    func stop() {
        server.stop()
    }

    func configuration(
        yes: Duration = .seconds(60),
        no: Duration = .seconds(60),
        timeout: Duration = .seconds(5)
    ) -> MembershipHookConfiguration {
        MembershipHookConfiguration(
            url: server.url + "/membership",
            secret: Self.secret,
            timeout: timeout,
            yesLifetime: yes,
            noLifetime: no
        )
    }
}
