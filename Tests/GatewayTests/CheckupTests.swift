import Attachments
import Catalog
import Foundation
import Gateway
import S3
import SigV4
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct CheckupTests {
    private func makeInstallation() async throws -> (GatewayConfiguration, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        var configuration = try await GatewayHarness.makeConfiguration(directory: directory, seaweed: seaweed)
        configuration.attachments.spoolQuotaBytes = 1 << 20
        return (configuration, directory)
    }

    @Test func `a good installation is good in every line, and the bucket is left as it was`() async throws {
        let (configuration, directory) = try await makeInstallation()
        try Catalog.open(path: configuration.databasePath).migrate()
        let lines = await Checkup(configuration: configuration).run()
        let bad = lines.filter { !$0.isGood }
        #expect(bad.isEmpty, "\(bad)")
        let subjects = lines.map(\.subject)
        let parts = ["database", "storage", "spool", "bucket", "public URLs", "deletion", "clock", "media worker"]
        #expect(Array(subjects.prefix(parts.count)) == parts)
        // Twenty ways out, and the kernel's Landlock.
        #expect(Array(subjects.dropFirst(parts.count)) == Array(repeating: "confinement", count: 21))
        let storage = try S3Client(configuration: configuration.storage)
        #expect(try await storage.listObjects().isEmpty)
        await storage.shutdown()
        withExtendedLifetime(directory) {}
    }

    @Test func `what is configured besides is looked at, too: a network, a scanner, a receiver`() async throws {
        let (good, directory) = try await makeInstallation()
        let network = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                let isSigned = request.target.contains("&token=")
                try connection.respond(status: isSigned ? 200 : 403, body: isSigned ? "satchel check\n" : "")
            }
        }
        let scanner = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(body: #"{"clean":true}"#) }
        }
        defer { for server in [network, scanner] { server.stop() } }
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        var configuration = good
        try Catalog.open(path: configuration.databasePath).migrate()
        configuration.attachments.objectURLs = TokenSigner(
            base: try #require(DeliveryBase(network.url)),
            secret: "a secret of sixteen bytes or more"
        )
        configuration.scanner = ScannerConfiguration(kind: .http(url: scanner.url, secrets: [secret]))
        configuration.webhooks = [WebhookReceiver(name: "app", url: "\(scanner.url)/events", secrets: [secret])]
        let lines = await Checkup(configuration: configuration).run()
        let parts = [
            "database", "storage", "spool", "bucket", "public URLs", "scanner", "deletion", "clock", "webhook",
            "media worker",
        ]
        #expect(Array(lines.map(\.subject).prefix(parts.count)) == parts)
        // The receiver is at a private address.
        #expect(lines.filter { !$0.isGood }.map(\.subject) == ["webhook"])
        #expect(network.requests.count == 2)
        #expect(scanner.requests.map(\.target) == ["/"])
        withExtendedLifetime(directory) {}
    }

    @Test func `each fault is named, with what to do`() async throws {
        let (good, directory) = try await makeInstallation()
        var configuration = good
        configuration.storage.credentials = Credentials(accessKeyID: "nobody", secretAccessKey: "nothing")
        configuration.workerPath = "/nonexistent/satchel-worker"
        configuration.attachments.spoolQuotaBytes = 1 << 60
        let lines = await Checkup(configuration: configuration).run()
        let bad = lines.filter { !$0.isGood }
        #expect(bad.map(\.subject) == ["database", "spool", "bucket", "media worker"])
        #expect(bad[0].detail.contains("satchel db migrate"))
        #expect(bad[1].detail.contains("spool.quotaMegabytes"))
        #expect(bad[2].detail.contains("s3.accessKeyId"))
        #expect(bad[3].detail.contains("media.workerPath"))
        withExtendedLifetime(directory) {}
    }

    @Test func `a public endpoint where nobody listens is found`() async throws {
        let (good, directory) = try await makeInstallation()
        var configuration = good
        try Catalog.open(path: configuration.databasePath).migrate()
        configuration.storage.publicEndpoint = try S3Endpoint(parsing: "http://127.0.0.1:9")
        let bad = await Checkup(configuration: configuration).run().filter { !$0.isGood }
        #expect(bad.map(\.subject) == ["public URLs"])
        #expect(bad.first?.detail.contains("s3.publicEndpoint") == true)
        withExtendedLifetime(directory) {}
    }
}
