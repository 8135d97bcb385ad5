import Foundation
import Gateway
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct MaintenanceTests {
    @Test func `in maintenance writes are refused and reads are served, within a second and until it ends`()
        async throws
    {
        try await GatewayHarness.run { gateway in
            let paper = gateway.form(document(byteCount: 1000))
            let stored = try await gateway.post(paper)
            let id = try #require(stored.json["id"]?.text)
            // As the command does it: another process, another look at the file.
            let maintenance = MaintenanceSwitch(databasePath: gateway.configuration.databasePath)
            #expect(!maintenance.isOn)
            try maintenance.turnOn()
            let begin = ContinuousClock.now
            while try await gateway.send("DELETE", "/videos/upload").status == 405 {
                try await Task.sleep(for: .milliseconds(20))
                guard begin.duration(to: .now) < .seconds(30) else { break }
            }
            for (method, path) in [
                ("POST", "/upload/"), ("POST", "/videos/upload/"), ("DELETE", "/attachments/\(id)/"),
                ("PUT", "/conversations/\(gateway.conversationID)/"), ("DELETE", "/messages/\(gateway.messageID)/"),
            ] {
                let response = try await gateway.send(method, path, as: "backend", isService: true)
                #expect(response.status == 503, "\(method) \(path)")
                #expect(response.code == "maintenance")
                let wait = try #require(response.header("Retry-After").flatMap { Int($0) })
                #expect(wait > 0)
            }
            let refused = try await gateway.post(paper)
            #expect(refused.status == 503)
            #expect(refused.json["file"]?.count == 1, "the upload routes keep their shape of errors")
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
            #expect(try await RawHTTPRequest("GET", "/readyz").send(port: gateway.port).status == 200)
            try maintenance.turnOff()
            let isTaken = try await gateway.eventually { try await gateway.post(paper).status == 201 }
            #expect(isTaken)
            #expect(try gateway.spoolFiles() == [])
        }
    }

    @Test func `a server that starts in maintenance is in it from the first request`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("catalog.sqlite")
        try MaintenanceSwitch(databasePath: path).turnOn()
        try await GatewayHarness.run(configure: { $0.databasePath = path }) { gateway in
            let response = try await gateway.post(gateway.form(document(byteCount: 10)))
            #expect(response.status == 503)
            #expect(response.code == "maintenance")
        }
        withExtendedLifetime(directory) {}
    }

    @Test func `the switch lasts, is turned twice without harm, and says where it cannot be turned`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("db.sqlite")
        let one = MaintenanceSwitch(databasePath: path)
        try one.turnOff()
        try one.turnOn()
        try one.turnOn()
        #expect(one.isOn)
        #expect(FileManager.default.fileExists(atPath: "\(path).maintenance"))
        let other = MaintenanceSwitch(databasePath: path)
        #expect(other.isOn)
        try other.turnOff()
        #expect(one.isOn, "until it looks")
        #expect(one.look())
        #expect(!one.look())
        #expect(!one.isOn)
        let nowhere = MaintenanceSwitch(databasePath: directory.file("missing/db.sqlite"))
        let failure = #expect(throws: MaintenanceSwitch.Failure.self) { try nowhere.turnOn() }
        #expect(failure?.description.contains("missing/db.sqlite.maintenance cannot be made: No such file") == true)
    }
}
