import Foundation
import TestSupport

@testable import Gateway

/// What an operator says, in a file, in the environment and as arguments.
struct GivenConfiguration {
    /// What every configuration of a server needs.
    static let required = [
        "SATCHEL_S3_ENDPOINT": "http://127.0.0.1:8333",
        "SATCHEL_S3_BUCKET": "chat",
        "SATCHEL_S3_ACCESS_KEY_ID": "key",
        "SATCHEL_S3_SECRET_ACCESS_KEY": "hidden-storage-secret",
        "SATCHEL_AUTH_SECRET": "hidden-token-secret-of-32-bytes-or-more",
    ]

    var yaml: String?
    var environment: [String: String]
    var overrides: [String]

    /// With the environment, what is required is there as well, where that says nothing else.
    init(yaml: String? = nil, besidesRequired environment: [String: String], set overrides: [String] = []) {
        self.init(yaml: yaml, environment: Self.required.merging(environment) { $1 }, set: overrides)
    }

    init(yaml: String? = nil, environment: [String: String], set overrides: [String] = []) {
        self.yaml = yaml
        self.environment = environment
        self.overrides = overrides
    }

    /// What the server makes of it; throws `ConfigurationFaults`.
    func load() async throws -> GatewayConfiguration {
        let directory = try TemporaryDirectory()
        let file = directory.file("satchel.yaml")
        if let yaml { try yaml.write(toFile: file, atomically: true, encoding: .utf8) }
        return try await ConfigurationSource(
            file: yaml == nil ? nil : file,
            overrides: overrides,
            environment: environment
        )
        .loadGateway()
    }

    /// What is wrong with it; nothing where it is taken.
    func faults() async throws -> [ConfigurationFault] {
        do {
            _ = try await load()
            return []
        } catch let error as ConfigurationFaults {
            return error.faults
        }
    }
}
