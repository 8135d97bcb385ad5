import Attachments
import Foundation
import TestSupport
import Testing

@testable import Gateway

struct ScannerCheckupTests {
    private static let probe = Array("satchel check\n".utf8)
    private static let url = "https://media.example.com/probe?X-Amz-Signature=00"

    private func line(_ kind: ScannerConfiguration.Kind, url: String? = url) async throws -> CheckLine {
        let checkup = ScannerCheckup(configuration: ScannerConfiguration(kind: kind, timeout: .seconds(10)))
        let lines = await checkup.run(probe: Self.probe, url: url)
        #expect(lines.map(\.subject) == ["scanner"])
        return try #require(lines.first)
    }

    @Test func `where nothing is scanned, there is nothing to say`() async {
        #expect(await ScannerCheckup(configuration: nil).run(probe: Self.probe, url: Self.url).isEmpty)
    }

    @Test(.enabled(if: Clamd.isAvailable, "clamav-daemon is not installed"))
    func `clamd is good while it runs, and a fault with its address when it is away`() async throws {
        let clamd = try Clamd()
        let address = ClamdAddress.unix(path: clamd.socketPath)
        try await clamd.start()
        let good = try await line(.clamd(address), url: nil)
        #expect(good.verdict == .good, "\(good)")
        clamd.end()
        let away = try await line(.clamd(address))
        #expect(away.verdict == .bad)
        #expect(away.detail.contains("unix:\(clamd.socketPath)"))
        #expect(away.detail.contains("scan.clamd"))
    }

    @Test(arguments: [
        ("PONG\0", "stream: OK\0", CheckLine.Verdict.good, "passes a harmless file"),
        ("PONG\0", "stream: Odd.Name FOUND\0", .bad, "finds \"Odd.Name\" in a harmless file"),
        ("PONG\0", "stream: Can't allocate memory ERROR\0", .bad, "Can't allocate memory ERROR"),
        ("UNKNOWN COMMAND\0", "", .bad, "the answer to PING is \"UNKNOWN COMMAND\""),
        ("", "", .bad, "without an answer"),
    ])
    func `clamd is asked with PING and a few bytes`(
        pong: String,
        verdict: String,
        expected: CheckLine.Verdict,
        words: String
    ) async throws {
        let question = Array("zINSTREAM\0".utf8) + [0, 0, 0, 14] + Self.probe + [0, 0, 0, 0]
        let server = try ScriptedServer.start { connection in
            if connection.number == 0 {
                guard try connection.read(byteCount: 6) == Array("zPING\0".utf8) else { return }
                return try connection.send(pong)
            }
            guard try connection.read(byteCount: question.count) == question else { return }
            try connection.send(verdict)
        }
        let line = try await line(.clamd(.tcp(host: "127.0.0.1", port: Int(server.port))))
        #expect(line.verdict == expected)
        #expect(line.detail.contains("clamd at 127.0.0.1:\(server.port)"))
        #expect(line.detail.contains(words), "\(line.detail)")
        server.stop()
    }

    @Test(arguments: [
        (200, #"{"clean":true}"#, CheckLine.Verdict.good, "passes a harmless file"),
        (200, #"{"clean":false,"reason":"Odd"}"#, .bad, "finds \"Odd\" in a harmless file"),
        (401, "", .bad, "answered 401"),
        (200, "hello", .bad, "answered 200, but not"),
    ])
    func `an HTTP scanner is asked about the probe in the storage, once`(
        status: Int,
        body: String,
        expected: CheckLine.Verdict,
        words: String
    ) async throws {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: status, body: body) }
        }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        let line = try await line(.http(url: "\(server.url)/scan?key=hidden", secrets: [secret]))
        #expect(line.verdict == expected)
        #expect(line.detail.contains("the scanner at 127.0.0.1:\(server.port) "))
        #expect(line.detail.contains(words), "\(line.detail)")
        #expect(!line.detail.contains("hidden"))
        let question = ReceivedMessage(request: try #require(server.requests.first))
        #expect(server.requests.count == 1)
        #expect(question.json["url"]?.text == Self.url)
        #expect(question.json["file_size"] == 14)
        // As sha256sum says.
        let digest = "75cfea85e1c036663e295ea7ccb9a6fe0dbbc3d1c83bc5283b97beaff1e8f9b2"
        #expect(question.json["stored_sha256"]?.text == digest)
        #expect(question.signature == (try question.expectedSignature()))
        server.stop()
    }

    @Test func `an HTTP scanner is not asked while there is no file that it could fetch`() async throws {
        let server = try ScriptedServer.start { connection in connection.waitForClose() }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        let kind = ScannerConfiguration.Kind.http(url: server.url, secrets: [secret])
        #expect(try await line(kind, url: nil).verdict == .note)
        #expect(server.connectionCount == 0)
        server.stop()
        let away = try await line(kind)
        #expect(away.verdict == .bad)
        #expect(away.detail.contains("127.0.0.1:\(server.port)"))
        #expect(away.detail.contains("scan.httpURL"))
    }
}
