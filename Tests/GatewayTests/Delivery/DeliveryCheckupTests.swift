import Attachments
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// What `satchel check` says of a network before the storage.
struct DeliveryCheckupTests {
    private static let probe = Array("satchel check\n".utf8)

    private func line(_ server: ScriptedServer) async throws -> CheckLine {
        let base = try #require(DeliveryBase("\(server.url)/files"))
        let signer = TokenSigner(base: base, secret: "a secret of sixteen bytes or more")
        return await DeliveryCheckup(signer: signer, key: ".satchel-check/one", probe: Self.probe).run()
    }

    @Test func `a network that gives the file out for a signature alone is good`() async throws {
        let server = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                let isSigned = request.target.contains("&token=")
                try connection.respond(status: isSigned ? 200 : 403, body: isSigned ? Self.probe : [])
            }
        }
        let line = try await line(server)
        #expect(line.verdict == .good)
        #expect(line.subject == "public URLs")
        #expect(line.detail.contains("127.0.0.1:\(server.port)"))
        let targets = server.requests.map(\.target)
        #expect(targets.count == 2)
        #expect(targets.first?.hasPrefix("/files/.satchel-check/one?response-content-disposition=attachment&") == true)
        #expect(targets.last == "/files/.satchel-check/one")
        server.stop()
    }

    @Test(arguments: [
        (200, "another page", "with 200"), (403, "", "with 403"), (200, "satchel check\n", "without a signature, too"),
    ])
    func `any other answer is a fault`(status: Int, body: String, words: String) async throws {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: status, body: body) }
        }
        let line = try await line(server)
        #expect(line.verdict == .bad)
        #expect(line.detail.contains(words), "\(line.detail)")
        #expect(!line.detail.contains("token="), "a URL is a credential")
        server.stop()
    }

    @Test func `a network that is not there is told with its name`() async throws {
        let server = try ScriptedServer.start { connection in connection.waitForClose() }
        server.stop()
        let line = try await line(server)
        #expect(line.verdict == .bad)
        #expect(line.detail.contains("127.0.0.1:\(server.port) cannot be reached from here"))
        #expect(line.detail.contains("delivery.url"))
    }
}
