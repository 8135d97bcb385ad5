import Attachments
import Curl
import Foundation
import Logging
import S3
import SigV4
import TestSupport
import Testing

@testable import Gateway

struct ConfigurationTests {
    private let required = GivenConfiguration.required

    private func load(
        _ environment: [String: String],
        yaml: String? = nil,
        set overrides: [String] = []
    ) async throws -> GatewayConfiguration {
        try await GivenConfiguration(yaml: yaml, environment: environment, set: overrides).load()
    }

    private func faults(
        _ environment: [String: String],
        yaml: String? = nil,
        set overrides: [String] = []
    ) async throws -> [ConfigurationFault] {
        try await GivenConfiguration(yaml: yaml, environment: environment, set: overrides).faults()
    }

    @Test(arguments: [1, 32, 1024])
    func `calls to the storage find connections beside the bodies that are sent`(_ bodies: Int) async throws {
        let set = ["SATCHEL_S3_TOTAL_PARTS_IN_FLIGHT": "\(bodies)"]
        let configuration = try await load(required.merging(set) { $1 })
        #expect(configuration.attachments.partsInFlightTotal == bodies)
        #expect(configuration.storage.curl.maxConnectionsPerHost >= bodies + 24)
        #expect(configuration.storage.curl.maxIdleConnections >= bodies)
    }

    @Test func `downloads that pass through do not take the connections of other calls`() async throws {
        var set = ["SATCHEL_S3_TOTAL_PARTS_IN_FLIGHT": "8", "SATCHEL_SERVER_MAX_CONNECTIONS": "500"]
        let redirecting = try await load(required.merging(set) { $1 }).storage.curl.maxConnectionsPerHost
        set["SATCHEL_DELIVERY_PROXY"] = "true"
        let passing = try await load(required.merging(set) { $1 }).storage.curl.maxConnectionsPerHost
        // Each client's connection has one answer at a time.
        #expect(passing == redirecting + 500)
    }

    @Test func `with the required keys alone everything else has its default`() async throws {
        let configuration = try await load(required)
        #expect(configuration.listener == ListenerConfiguration())
        #expect(configuration.databasePath == "data/satchel.sqlite")
        #expect(configuration.attachments.limits.video == 104_857_600)
        #expect(configuration.attachments.limits.image == 10_485_760)
        #expect(configuration.attachments.spoolQuotaBytes == 10_737_418_240)
        #expect(configuration.attachments.urlLifetime == .seconds(900))
        #expect(configuration.attachments.maxPixels == 50_000_000)
        #expect(configuration.attachments.mediaQueueLength == 32)
        #expect(!configuration.attachments.makesStoryboards)
        #expect(configuration.storage.addressing == .path)
        #expect(configuration.storage.retry.maxAttempts == 4)
        #expect(configuration.storage.curl.stallTimeout == .seconds(20))
        #expect(configuration.tokens.userClaim == "sub")
        #expect(configuration.workerPath.hasSuffix("/satchel-worker"))
    }

    @Test func `set is stronger than the environment, and that than the file`() async throws {
        var environment = required
        let yaml = "server:\n  port: 1001\n  host: 0.0.0.0\n  maxConnections: 7\nlog:\n  level: debug\n"
        environment["SATCHEL_SERVER_PORT"] = "1002"
        environment["SATCHEL_SERVER_MAX_CONNECTIONS"] = "8"
        let configuration = try await load(environment, yaml: yaml, set: ["server.port=1003"])
        #expect(configuration.listener.port == 1003)
        #expect(configuration.listener.maxConnections == 8)
        #expect(configuration.listener.host == "0.0.0.0")
        #expect(configuration.logLevel == .debug)
    }

    @Test func `all faults are told together, each with key, value and what is allowed`() async throws {
        var environment = required
        environment["SATCHEL_SERVER_PORT"] = "80x"
        environment["SATCHEL_S3_ADDRESSING"] = "virtual"
        environment["SATCHEL_S3_ENDPOINT"] = "ftp://storage"
        environment["SATCHEL_S3_BUCKET"] = nil
        environment["SATCHEL_AUTH_SECRET"] = "short"
        let faults = try await faults(environment)
        #expect(faults.map(\.key) == ["server.port", "s3.endpoint", "s3.bucket", "s3.addressing", "auth.secret"])
        let text = ConfigurationFaults(faults: faults).description
        #expect(text.contains("server.port: \"80x\" is not a whole number from 0 to 65535"))
        #expect(text.contains("s3.addressing: \"virtual\" is not one of path, virtualHost"))
        #expect(text.contains("SATCHEL_S3_BUCKET"))
        #expect(faults.last?.value == nil)
    }

    @Test(arguments: ["server.port", "urls.lifetimeSeconds", "limits.videoMegabytes", "media.concurrency"])
    func `a malformed or impossible number is a fault, never the default`(key: String) async throws {
        for value in ["x", "-1", "1.5", "99999999999999999999"] {
            let faults = try await faults(required, set: ["\(key)=\(value)"])
            #expect(faults.map(\.key) == [key], "\(key)=\(value)")
            #expect(faults.first?.value == value)
        }
    }

    @Test(arguments: [
        "2027-01-15", "2027-01-15T08:00:00", "2027-01-15 08:00:00Z", "2027-13-15T08:00:00Z", "1800000000",
        "2027-01-15T08:00:00Z or so",
    ])
    func `what is no moment is a fault, never one of which nothing is known`(value: String) async throws {
        let faults = try await faults(required, set: ["s3.sessionExpiresAt=\(value)"])
        #expect(faults.map(\.key) == ["s3.sessionExpiresAt"])
        #expect(faults.first?.value == value)
    }

    @Test(arguments: [nil, "2027-01-15T08:00:00Z", "2027-01-15T08:00:00.9Z", "2027-01-15T10:00:00+02:00"])
    func `a moment is of any zone, and may stand in the file without quotes`(value: String?) async throws {
        let yaml = value.map { "s3:\n  sessionExpiresAt: \($0)\n" }
        let end = try await load(required, yaml: yaml).storage.credentials.expiresAt
        #expect(end?.secondsSinceEpoch == (value == nil ? nil : 1_800_000_000))
    }

    @Test func `an unknown key in the file is named, with the one that was meant`() async throws {
        let faults = try await faults(required, yaml: "server:\n  prot: 80\nstorage:\n  bucket: x\n")
        #expect(faults.map(\.key) == ["server.prot", "storage.bucket"])
        #expect(faults.first?.reason.contains("did you mean server.port?") == true)
    }

    @Test func `an unknown or malformed pair of set is a fault`() async throws {
        let faults = try await faults(required, set: ["s3.buckett=x", "nonsense"])
        #expect(faults.count == 2)
        #expect(faults.first?.reason.contains("did you mean s3.bucket?") == true)
    }

    @Test func `a file that is missing, is no YAML or holds a list is a fault`() async throws {
        let missing = await ConfigurationSource(file: "/nonexistent/satchel.yaml", environment: required)
        await #expect(throws: ConfigurationFaults.self) { try await missing.loadGateway() }
        #expect(try await faults(required, yaml: "server: [\n").count == 1)
        #expect(try await faults(required, yaml: "server:\n  host: [a, b]\n").map(\.key) == ["server.host"])
    }

    @Test func `a secret may come from a file, but not from two places`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("secret")
        try "a secret from a file, with a line end....\n".write(toFile: path, atomically: true, encoding: .utf8)
        var environment = required
        environment["SATCHEL_AUTH_SECRET"] = nil
        environment["SATCHEL_AUTH_SECRET_FILE"] = path
        #expect(try await load(environment).tokens.secret == "a secret from a file, with a line end....")
        environment["SATCHEL_AUTH_SECRET"] = "hidden-token-secret-of-32-bytes-or-more"
        #expect(try await faults(environment).map(\.key) == ["auth.secretFile"])
        environment["SATCHEL_AUTH_SECRET"] = nil
        environment["SATCHEL_AUTH_SECRET_FILE"] = "/nonexistent"
        #expect(try await faults(environment).map(\.key) == ["auth.secretFile"])
    }

    @Test func `settings that contradict each other are faults`() async throws {
        for pair in ["server.idleTimeoutSeconds=20", "urls.windowSeconds=900", "spool.quotaMegabytes=99"] {
            let key = pair.prefix { $0 != "=" }
            #expect(try await faults(required, set: [pair]).map(\.key) == [String(key)])
        }
    }

    @Test(arguments: [("/api/chat/", "/api/chat"), ("/", ""), ("/x", "/x")])
    func `a base path loses its final slash`(text: String, path: String) async throws {
        #expect(try await load(required, set: ["server.basePath=\(text)"]).listener.basePath == path)
    }

    @Test(arguments: ["api", "/a b", "/{id}", "/a?b", "https://x/y"])
    func `what is no base path is refused`(text: String) async throws {
        #expect(try await faults(required, set: ["server.basePath=\(text)"]).map(\.key) == ["server.basePath"])
    }

    @Test func `the token command needs the token's settings alone`() async throws {
        let environment = ["SATCHEL_AUTH_SECRET": "hidden-token-secret-of-32-bytes-or-more"]
        let source = await ConfigurationSource(file: nil, environment: environment)
        #expect(try await source.loadTokens().secret == "hidden-token-secret-of-32-bytes-or-more")
        #expect(try await source.loadDatabasePath() == "data/satchel.sqlite")
    }

    // MARK: - Storage

    @Test(arguments: [
        (["s3.bucket=ab"], "s3.bucket", "ab"),
        (["s3.bucket=a b c"], "s3.bucket", "a b c"),
        (["s3.addressing=virtualHost"], "s3.addressing", "virtualHost"),
        (
            [
                "s3.endpoint=https://s3.example.com", "s3.addressing=virtualHost",
                "s3.publicEndpoint=https://203.0.113.7",
            ],
            "s3.publicEndpoint", "https://203.0.113.7"
        ),
    ])
    func `what the storage's own check refuses is told under its own key`(
        pairs: [String],
        key: String,
        value: String
    ) async throws {
        let faults = try await faults(required, set: pairs)
        #expect(faults.map(\.key) == [key])
        #expect(faults.first?.value == value)
    }

    @Test func `the storage's check tells a missing region from the rest`() async throws {
        var storage = try await load(required).storage
        storage.region = ""
        let error = #expect(throws: S3ConfigurationError.self) { try storage.validate() }
        #expect(error?.field == .region)
    }

    @Test(arguments: ["s3.endpoint", "s3.publicEndpoint"])
    func `an endpoint with a password is refused and not shown`(key: String) async throws {
        for endpoint in ["https://user:hidden-password@storage.example.com", "user:hidden-password@storage"] {
            let faults = try await faults(required, set: ["\(key)=\(endpoint)"])
            #expect(faults.map(\.key) == [key])
            #expect(faults.first?.value == nil)
            #expect(!ConfigurationFaults(faults: faults).description.contains("hidden-password"))
        }
    }

    // MARK: - The environment

    @Test func `a mistyped variable is named, with the one that was meant and without its value`() async throws {
        var environment = required
        environment["SATCHEL_S3_BUKET"] = "hidden-one"
        environment["SATCHEL_AUTH_SECRT"] = "hidden-two"
        environment["SATCHEL_NOTHING_LIKE_IT_AT_ALL"] = "hidden-three"
        let faults = try await faults(environment)
        #expect(faults.map(\.key) == ["SATCHEL_AUTH_SECRT", "SATCHEL_NOTHING_LIKE_IT_AT_ALL", "SATCHEL_S3_BUKET"])
        #expect(faults.first?.reason.contains("did you mean SATCHEL_AUTH_SECRET?") == true)
        #expect(faults.last?.reason.contains("did you mean SATCHEL_S3_BUCKET?") == true)
        #expect(!ConfigurationFaults(faults: faults).description.contains("hidden"))
    }

    @Test func `variables of the scripts, of the tests and of others are left alone`() async throws {
        var environment = required
        for name in [
            "SATCHEL_CONFIG", "SATCHEL_SHARED", "SATCHEL_WORKER", "SATCHEL_WARNINGS_AS_ERRORS",
            "SATCHEL_TEST_S3_ENDPOINT", "HOME", "satchel_s3_buket", "XSATCHEL_S3_BUKET",
        ] {
            environment[name] = "1"
        }
        #expect(try await faults(environment) == [])
    }

    @Test func `what Kubernetes says of a service called satchel is no setting`() async throws {
        let links = [
            "SATCHEL_SERVICE_HOST": "10.0.0.1", "SATCHEL_SERVICE_PORT": "80", "SATCHEL_SERVICE_PORT_HTTP": "80",
            "SATCHEL_PORT": "tcp://10.0.0.1:80", "SATCHEL_PORT_80_TCP": "tcp://10.0.0.1:80",
            "SATCHEL_PORT_80_TCP_ADDR": "10.0.0.1", "SATCHEL_BLUE_SERVICE_HOST": "10.0.0.2",
            "SATCHEL_BLUE_PORT": "tcp://10.0.0.2:80",
        ]
        let environment = required.merging(links) { first, _ in first }
        #expect(try await faults(environment) == [])
        var alone = required
        alone["SATCHEL_PORT"] = "80"
        #expect(try await faults(alone).map(\.key) == ["SATCHEL_PORT"])
    }

    // MARK: - The example

    private var example: String {
        get throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            return try String(contentsOf: root.appendingPathComponent("config/satchel.example.yaml"), encoding: .utf8)
        }
    }

    @Test func `the example is a good configuration, and its values are the defaults`() async throws {
        let fromExample = try await load([:], yaml: try example)
        let fromDefaults = try await load(required)
        #expect(fromExample.listener == fromDefaults.listener)
        #expect(fromExample.storage.publicEndpoint == fromDefaults.storage.publicEndpoint)
        #expect(fromExample.storage.region == fromDefaults.storage.region)
        #expect(fromExample.attachments.limits == fromDefaults.attachments.limits)
        #expect(fromExample.attachments.spoolQuotaBytes == fromDefaults.attachments.spoolQuotaBytes)
        #expect(fromExample.attachments.partSizeBytes == fromDefaults.attachments.partSizeBytes)
        #expect(fromExample.attachments.urlWindow == fromDefaults.attachments.urlWindow)
        #expect(fromExample.attachments.processingTimeout == fromDefaults.attachments.processingTimeout)
        #expect(fromExample.attachments.mediaJobsAtOnce == fromDefaults.attachments.mediaJobsAtOnce)
        #expect(fromExample.attachments.mediaQueueLength == fromDefaults.attachments.mediaQueueLength)
        #expect(fromExample.attachments.maxPixels == fromDefaults.attachments.maxPixels)
        #expect(fromExample.attachments.renditions == fromDefaults.attachments.renditions)
        #expect(fromExample.attachments.transcoding == fromDefaults.attachments.transcoding)
        #expect(fromExample.attachments.makesStoryboards == fromDefaults.attachments.makesStoryboards)
        #expect(fromExample.tokens.serviceScope == fromDefaults.tokens.serviceScope)
        #expect(fromExample.logLevel == fromDefaults.logLevel)
        #expect(fromExample.logFormat == fromDefaults.logFormat)
        #expect(fromExample.metrics == fromDefaults.metrics)
    }

    @Test func `the example shows exactly the known keys`() throws {
        var path: [Substring] = []
        var shown: Set<String> = []
        for line in try example.split(separator: "\n") {
            // What is commented out is read as if it were not; prose is none of these.
            let plain = line.replacing(#/^( *)# /#, maxReplacements: 1) { $0.1 }
            guard let match = plain.wholeMatch(of: #/( *)(\w+):( \S+)?/#) else { continue }
            path = path.prefix(match.1.count / 2) + [match.2]
            let name = path.joined(separator: ".")
            let named = ["media.renditions.", "renditions.video.", "renditions.audio."]
            let isNamed = named.contains(where: { name.hasPrefix($0) }) || NamedKey(rawValue: name) != nil
            if match.3 != nil, !isNamed { shown.insert(name) }
        }
        #expect(shown == Set(ConfigurationKey.allCases.map(\.rawValue)))
    }
}
