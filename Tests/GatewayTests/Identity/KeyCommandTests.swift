import Foundation
import Glibc
import TestSupport
import Testing

@testable import Gateway

/// The built program: `satchel key` beside a `satchel serve` on the same database.
@Suite(.enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"))
struct KeyCommandTests {
    private let directory: TemporaryDirectory
    private let settings: [String: String]

    init() throws {
        directory = try TemporaryDirectory()
        // Nothing listens there: keys need no storage.
        settings = [
            "database.path": directory.file("catalog.sqlite"), "spool.directory": directory.file("spool"),
            "s3.endpoint": "http://127.0.0.1:1", "s3.bucket": "none", "s3.accessKeyId": "none",
            "s3.secretAccessKey": "none", "auth.secret": GatewayHarness.secret, "log.level": "error",
        ]
    }

    private struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    private func satchel(_ arguments: [String]) throws -> Outcome {
        let files = try ["output", "errors"]
            .map { name in
                let path = directory.file("\(name)-\(UUID().uuidString)")
                _ = FileManager.default.createFile(atPath: path, contents: nil)
                return (path: path, handle: try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
            }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: GatewayProcess.program)
        process.arguments = arguments + ["--set", "database.path=\(directory.file("catalog.sqlite"))"]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SATCHEL_") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = files[0].handle
        process.standardError = files[1].handle
        try process.run()
        process.waitUntilExit()
        for file in files { try file.handle.close() }
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOfFile: files[0].path, encoding: .utf8),
            errors: try String(contentsOfFile: files[1].path, encoding: .utf8)
        )
    }

    private func status(_ key: String, at gateway: GatewayProcess) async throws -> Int {
        let headers = [(name: "Authorization", value: "Bearer \(key)")]
        return try await RawHTTPRequest("GET", "/api/chat/activity/", headers: headers).send(port: gateway.port).status
    }

    @Test func `a key is made, used, listed and revoked while the server runs`() async throws {
        let gateway = try GatewayProcess(settings: settings)
        try await gateway.start()
        defer { gateway.kill() }

        let made = try satchel(["key", "create", "dashboard", "--scope", "read", "--expires-in", "2d"])
        #expect(made.status == 0)
        let key = made.output.trimmingCharacters(in: .newlines)
        #expect(key.wholeMatch(of: /satchel_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}/) != nil, "\(made.output)")
        #expect(made.errors.contains("dashboard") && !made.errors.contains(key))
        #expect(try await status(key, at: gateway) == 200)

        let again = try satchel(["key", "create", "dashboard", "--scope", "read"])
        #expect(again.status != 0)
        #expect(again.output.isEmpty && again.errors.contains("there is a key called dashboard"), "\(again.errors)")

        let listed = try satchel(["key", "list", "--json"])
        #expect(listed.output.split(separator: "\n").count == 1)
        #expect(listed.output.contains(#""name":"dashboard""#) && listed.output.contains(#""state":"good""#))
        #expect(listed.output.contains(#""scopes":["read"]"#))
        #expect(!listed.output.contains(key.suffix(43)))

        #expect(try satchel(["key", "revoke", "dashboard"]).status == 0)
        #expect(try await status(key, at: gateway) == 401)
        let gone = try satchel(["key", "revoke", "dashboard"])
        #expect(gone.status == 1)
        #expect(gone.errors.contains(#"no key "dashboard""#))
        #expect(try satchel(["key", "list"]).output.isEmpty)
        #expect(try satchel(["key", "list", "--all"]).output.contains("revoked"))
    }

    @Test func `what makes no key is told, and makes none`() async throws {
        let gateway = try GatewayProcess(settings: settings)
        try await gateway.start()
        defer { gateway.kill() }
        for (arguments, expected) in [
            (["two words", "--scope", "read"], "two words"), (["k"], "--scope"), (["k", "--scope", "write"], "write"),
            (["k", "--scope", "read", "--expires-in", "0d"], "0d"),
            (["k", "--scope", "read", "--expires-in", "1y"], "1y"),
            (["k", "--scope", "read", "--expires-in", "99999999999999999999"], "99999999999999999999"),
        ] {
            let outcome = try satchel(["key", "create"] + arguments)
            #expect(outcome.status != 0, "\(arguments)")
            #expect(outcome.output.isEmpty && outcome.errors.contains(expected), "\(outcome.errors)")
        }
        #expect(try satchel(["key", "list", "--all"]).output.isEmpty)
    }

    @Test func `without a database nothing is made, not even an empty one`() throws {
        let outcome = try satchel(["key", "list"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("does not exist"))
        #expect(!FileManager.default.fileExists(atPath: directory.file("catalog.sqlite")))
    }

    @Test func `the server leaves no core file`() async throws {
        let gateway = try GatewayProcess(settings: settings)
        try await gateway.start()
        defer { gateway.kill() }
        let processID = try #require(gateway.processID)
        let limits = try String(contentsOfFile: "/proc/\(processID)/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(line.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        // A process whose memory is closed belongs to root, whoever it runs as (proc(5), PR_SET_DUMPABLE).
        let attributes = try FileManager.default.attributesOfItem(atPath: "/proc/\(processID)/environ")
        #expect((attributes[.ownerAccountID] as? NSNumber)?.intValue == 0)
    }
}
