import Attachments
import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

struct WebhookConfigurationTests {
    private static let required = [
        "s3.endpoint=http://storage.example.com:8333", "s3.bucket=chat", "s3.accessKeyId=key",
        "s3.secretAccessKey=secret", "auth.secret=a token secret of 32 bytes or more.",
    ]
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private func load(
        _ settings: [String],
        environment: [String: String] = [:],
        file: String? = nil
    ) async throws -> GatewayConfiguration {
        try await ConfigurationSource(file: file, overrides: Self.required + settings, environment: environment)
            .loadGateway()
    }

    private func faults(_ settings: [String], environment: [String: String] = [:]) async throws -> [String] {
        do {
            _ = try await load(settings, environment: environment)
            return []
        } catch let faults as ConfigurationFaults {
            return faults.faults.map(\.description)
        }
    }

    @Test func `without receivers nobody is told`() async throws {
        let configuration = try await load([])
        #expect(configuration.webhooks.isEmpty)
        #expect(configuration.scanner == nil)
        #expect(WebhookTargets(configuration.webhooks).names(for: .created) == [])
    }

    @Test func `receivers have names of the operator's, and what is not said of them is the standard`() async throws {
        let configuration = try await load(
            [
                "webhooks.search.url=http://10.0.0.7/events?key=1", "webhooks.search.secret=\(Self.secret)",
                "webhooks.search.events=attachment.ready, attachment.deleted", "webhooks.search.timeoutSeconds=3",
                "webhooks.search.allowPrivate=true",
            ],
            environment: [
                "SATCHEL_WEBHOOKS_APP_URL": "https://chat.example.com/events",
                "SATCHEL_WEBHOOKS_APP_SECRET": "\(Self.secret) whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            ]
        )
        #expect(configuration.webhooks.map(\.name) == ["app", "search"])
        let (app, search) = (configuration.webhooks[0], configuration.webhooks[1])
        #expect(app.url == "https://chat.example.com/events")
        #expect(app.secrets.map { $0.bytes.first } == [0x31, 0x00])
        #expect(app.events == Set(AttachmentEvent.allCases))
        #expect(app.timeout == .seconds(15))
        #expect(!app.allowsPrivate)
        #expect(search.url == "http://10.0.0.7/events?key=1")
        #expect(search.events == [.ready, .deleted])
        #expect(search.timeout == .seconds(3))
        #expect(search.allowsPrivate)
        let targets = WebhookTargets(configuration.webhooks)
        #expect(targets.names(for: .created) == ["app"])
        #expect(targets.names(for: .deleted) == ["app", "search"])
    }

    @Test func `secrets may stand in a file, one a line, and receivers in the configuration file`() async throws {
        let directory = try TemporaryDirectory()
        let secrets = directory.file("secrets")
        try "\(Self.secret)\nwhsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n"
            .write(toFile: secrets, atomically: true, encoding: .utf8)
        let file = directory.file("satchel.yaml")
        try """
        webhooks:
          app:
            url: https://chat.example.com/events
            secretFile: \(secrets)
        """
        .write(toFile: file, atomically: true, encoding: .utf8)
        let configuration = try await load([], file: file)
        #expect(configuration.webhooks.map(\.name) == ["app"])
        #expect(configuration.webhooks.first?.secrets.count == 2)
        withExtendedLifetime(directory) {}
    }

    @Test(arguments: [
        (
            ["url=https://app.example.com/"],
            "webhooks.app.secret: is required (or set webhooks.app.secretFile to a file)"
        ),
        (["secret=\(secret)"], "webhooks.app.url: is required (or set SATCHEL_WEBHOOKS_APP_URL)"),
        (
            ["url=http://app.example.com/", "secret=\(secret)"],
            "webhooks.app.url: \"http://app.example.com/\" must be https (http is for receivers with allowPrivate: true)"
        ),
        (
            ["url=https://192.168.0.7/", "secret=\(secret)"],
            "webhooks.app.url: \"https://192.168.0.7/\" is a private address; set allowPrivate: true where that is meant"
        ),
        (
            ["url=https://localhost/", "secret=\(secret)"],
            "webhooks.app.url: \"https://localhost/\" is a private address; set allowPrivate: true where that is meant"
        ),
        (
            ["url=https://me:word@app.example.com/", "secret=\(secret)"],
            "webhooks.app.url: must have no fragment, user or password"
        ),
        (
            ["url=app.example.com", "secret=\(secret)"],
            "webhooks.app.url: \"app.example.com\" is not a URL like https://chat.example.com/satchel-events"
        ),
        (
            ["url=https://app.example.com/", "secret=\(secret)", "events=attachment.gone"],
            """
            webhooks.app.events: "attachment.gone" is not one of attachment.created, attachment.ready, \
            attachment.failed, attachment.deleted, attachment.restored
            """
        ),
        (
            ["url=https://app.example.com/", "secret=\(secret)", "timeoutSeconds=0"],
            "webhooks.app.timeoutSeconds: \"0\" is not a whole number from 1 to 60"
        ),
        (
            ["url=https://app.example.com/", "secret=\(secret)", "allowPrivate=yes"],
            "webhooks.app.allowPrivate: \"yes\" is not one of true, false"
        ),
        (
            ["adress=https://app.example.com/"],
            "webhooks.app.adress: is no known key; a receiver has url, secret, secretFile, events, timeoutSeconds, allowPrivate"
        ),
    ])
    func `what is wrong with a receiver is said, and what is right`(settings: [String], fault: String) async throws {
        #expect(try await faults(settings.map { "webhooks.app.\($0)" }) == [fault])
    }

    @Test func `a secret that is none is not shown`() async throws {
        let faults = try await faults([
            "webhooks.app.url=https://app.example.com/", "webhooks.app.secret=correct-horse-battery",
        ])
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("webhooks.app.secret: is not whsec_ and the base64 of 24 to 64 bytes") == true)
        #expect(faults.first?.contains("horse") == false)
    }

    @Test(arguments: ["webhooks.App.url", "webhooks.my-app.url", "webhooks.1app.url"])
    func `a name that cannot be a variable's is refused`(key: String) async throws {
        #expect(
            try await faults(["\(key)=https://app.example.com/"]) == [
                "\(key): is no known key: a receiver's name is 1 to 32 lower-case letters and digits, a letter first"
            ]
        )
    }

    @Test func `pauses are whole seconds`() async throws {
        let configuration = try await load(["webhooks.retrySeconds=1, 20 300"])
        #expect(configuration.attachments.webhookSchedule.pauses == [.seconds(1), .seconds(20), .seconds(300)])
        #expect(
            try await faults(["webhooks.retrySeconds=1,soon"]) == [
                "webhooks.retrySeconds: \"soon\" is not a whole number from 0 to 604800"
            ]
        )
    }

    @Test(arguments: [
        ("127.0.0.1:3310", ClamdAddress.tcp(host: "127.0.0.1", port: 3310)),
        ("[::1]:3310", .tcp(host: "::1", port: 3310)), ("clamav:3310", .tcp(host: "clamav", port: 3310)),
        ("unix:/run/clamav/clamd.ctl", .unix(path: "/run/clamav/clamd.ctl")),
    ])
    func `clamd listens on a port or a socket`(text: String, address: ClamdAddress) async throws {
        guard case .clamd(let found) = try await load(["scan.clamd=\(text)"]).scanner?.kind else {
            Issue.record("no clamd")
            return
        }
        #expect(found == address)
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "unix:clamd.ctl", "unix:/\(String(repeating: "a", count: 107))",
    ])
    func `any other address of clamd is refused`(text: String) async throws {
        #expect(
            try await faults(["scan.clamd=\(text)"]) == [
                "scan.clamd: \"\(text)\" is not an address like 127.0.0.1:3310 or unix:/run/clamav/clamd.ctl"
            ]
        )
    }

    @Test func `there is one scanner`() async throws {
        let settings = [
            "scan.clamd=127.0.0.1:3310", "scan.httpURL=https://scanner.example.com/",
            "scan.httpSecret=\(Self.secret)",
        ]
        #expect(
            try await faults(settings) == [
                "scan.httpURL: \"https://scanner.example.com/\" is set together with scan.clamd; set one of them"
            ]
        )
        #expect(
            try await faults(["scan.httpURL=https://scanner.example.com/"]) == [
                "scan.httpSecret: is required with scan.httpURL (or set scan.httpSecretFile to a file)"
            ]
        )
    }
}
