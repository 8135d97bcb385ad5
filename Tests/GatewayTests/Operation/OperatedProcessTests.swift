import Foundation
import Gateway
import Glibc
import S3
import TestSupport
import Testing

/// The built program as a service manager and an operator have it.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server")
)
struct OperatedProcessTests {
    private struct Stage {
        let directory: TemporaryDirectory
        let manager: ServiceManager
        let gateway: GatewayProcess

        var secretFile: String { directory.file("secret") }
        var configurationFile: String { directory.file("satchel.yaml") }
        var databasePath: String { directory.file("catalog.sqlite") }

        init() async throws {
            directory = try TemporaryDirectory()
            manager = try ServiceManager()
            let seaweed = try await SeaweedFS.shared
            let storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
            try GatewayHarness.secret.write(toFile: directory.file("secret"), atomically: true, encoding: .utf8)
            let file = directory.file("satchel.yaml")
            try "log:\n  level: info\n".write(toFile: file, atomically: true, encoding: .utf8)
            gateway = try GatewayProcess(
                settings: storage.settings(and: [
                    "database.path": directory.file("catalog.sqlite"),
                    "spool.directory": directory.file("spool"),
                    "auth.secretFile": directory.file("secret"),
                    "log.format": "json",
                ]),
                environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "1000000", "SATCHEL_CONFIG": file]
            )
            try await gateway.start()
        }

        func status(_ method: String, _ path: String, secret: String, id: String = "req-1") async throws -> Int {
            let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: secret))
            let token = try await issuer.token(userID: "backend", isService: true, expiresIn: .seconds(60))
            let headers = [(name: "Authorization", value: "Bearer \(token)"), (name: "X-Request-Id", value: id)]
            return try await RawHTTPRequest(method, "/api/chat\(path)", headers: headers).send(port: gateway.port)
                .status
        }

        /// Passes over messages until one begins like this; nil where none comes.
        func heard(_ beginning: String) -> String? {
            for _ in 0..<100 {
                guard let message = manager.next(within: 10) else { return nil }
                if message.hasPrefix(beginning) { return message }
            }
            return nil
        }
    }

    @Test func `the service manager hears of the start, of life, of a reload and of the stop`() async throws {
        let stage = try await Stage()
        #expect(stage.heard("READY=1") != nil)
        #expect(stage.heard("WATCHDOG=1") != nil)
        let path = "/conversations/\(UUID())/"
        #expect(try await stage.status("GET", path, secret: GatewayHarness.secret) == 404)
        let secret = "a secret of another day, long enough for HS256"
        try secret.write(toFile: stage.secretFile, atomically: true, encoding: .utf8)
        #expect(try await stage.status("GET", path, secret: secret) == 401)
        let processID = try #require(stage.gateway.processID)
        kill(processID, SIGHUP)
        #expect(stage.heard("RELOADING=1") != nil)
        #expect(stage.heard("READY=1") != nil)
        #expect(try await stage.status("GET", path, secret: secret) == 404)
        #expect(try await stage.status("GET", path, secret: GatewayHarness.secret) == 401)
        kill(processID, SIGTERM)
        #expect(stage.heard("STOPPING=1") != nil)
        stage.gateway.kill()
    }

    @Test func `satchel maintenance stops writes of the running server, and says how it stands`() async throws {
        let stage = try await Stage()
        defer { stage.gateway.kill() }
        let command = { (verb: String) in
            let arguments = ["maintenance", verb, "--set", "database.path=\(stage.databasePath)"]
            return try await ForeignProgram.run(GatewayProcess.program, arguments)
        }
        let path = "/conversations/\(UUID())/"
        /// What writes are answered, once the server has looked.
        func becomes(_ status: Int) async throws -> Bool {
            for _ in 0..<600 {
                let other = "/conversations/\(UUID())/"
                if try await stage.status("PUT", other, secret: GatewayHarness.secret) == status { return true }
                try await Task.sleep(for: .milliseconds(100))
            }
            return false
        }
        let before = try await command("status")
        #expect(before.output == "off\n")
        #expect(before.status == 0)
        #expect(try await command("on").status == 0)
        #expect(try await becomes(503))
        #expect(try await stage.status("GET", path, secret: GatewayHarness.secret) == 404)
        let during = try await command("status")
        #expect(during.output == "on\n")
        #expect(during.status == 1)
        #expect(try await command("off").status == 0)
        #expect(try await becomes(200))
    }

    @Test func `lines are written from the level on that the file named when it was read last`() async throws {
        let stage = try await Stage()
        defer { stage.gateway.kill() }
        let processID = try #require(stage.gateway.processID)
        #expect(stage.heard("READY=1") != nil)
        for (level, id) in [("info", "seen-1"), ("warning", "unseen"), ("notice", "unseen"), ("debug", "seen-2")] {
            try "log:\n  level: \(level)\n"
                .write(
                    toFile: stage.configurationFile,
                    atomically: true,
                    encoding: .utf8
                )
            kill(processID, SIGHUP)
            #expect(stage.heard("RELOADING=1") != nil)
            #expect(stage.heard("READY=1") != nil)
            let status = try await stage.status(
                "GET",
                "/conversations/\(UUID())/",
                secret: GatewayHarness.secret,
                id: id
            )
            #expect(status == 404)
        }
        var words = ""
        for _ in 0..<2400 where !words.contains("seen-2") {
            try await Task.sleep(for: .milliseconds(50))
            words = stage.gateway.lastWords
        }
        // A request's line is of the level info; why it was refused, of debug.
        let lines = try words.split(separator: "\n").filter { $0.contains("\"request_id\"") }
            .map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        let found = lines.compactMap { line in line["request_id"].map { [$0, line["message"] ?? ""] } }
        #expect(found == [["seen-1", "request"], ["seen-2", "refused"], ["seen-2", "request"]])
    }

    @Test func `every line of the log is JSON, and a request is one of them`() async throws {
        let stage = try await Stage()
        defer { stage.gateway.kill() }
        #expect(try await stage.status("GET", "/conversations/\(UUID())/", secret: GatewayHarness.secret) == 404)
        var requests: [JSONValue] = []
        for _ in 0..<2400 where requests.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            let lines = try stage.gateway.lastWords.split(separator: "\n")
                .map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
            requests = lines.filter { $0["request_id"] == "req-1" }
        }
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request["message"] == "request")
        #expect(request["level"] == "info")
        #expect(request["status"] == 404)
        #expect(request["user"] == "backend")
        #expect(request["route"] == "/api/chat/conversations/{id}")
        #expect(request["bytes_in"] == 0)
        #expect(request.keys.isSuperset(of: ["time", "method", "path", "ms", "bytes_out", "trace_id"]))
    }
}
