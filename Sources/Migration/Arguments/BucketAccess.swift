import Foundation
package import S3
import SigV4

/// How the bucket that objects come from is reached: what the command line says, else what the environment says, else as
/// the configured storage where that is the same endpoint.
///
/// The keys of the configured storage are never sent to another endpoint.
package struct BucketAccess: Sendable {
    /// `--from-endpoint`.
    package var endpoint: String?
    /// `--from-region`; else `AWS_REGION`.
    package var region: String?
    /// `--from-addressing`, `path` or `virtualHost`; else as the configured storage where the endpoint is the same, and `path`
    /// at another one.
    package var addressing: String?
    /// `--from-access-key-id`; else `AWS_ACCESS_KEY_ID`.
    package var accessKeyID: String?
    /// `--from-secret-access-key-file`; else `AWS_SECRET_ACCESS_KEY`.
    package var secretAccessKeyFile: String?
    /// The environment of the process.
    package var environment: [String: String]

    /// Says nothing of its own.
    package init(environment: [String: String] = [:]) {
        self.environment = environment
    }

    /// Whether the command line says nothing.
    package var isSilent: Bool {
        endpoint == nil && region == nil && addressing == nil && accessKeyID == nil && secretAccessKeyFile == nil
    }

    /// Refuses what does not go together, before anything is opened; throws `invalidArgument`.
    package func validate() throws(MigrationError) {
        _ = try parsedEndpoint()
        _ = try parsedAddressing()
        guard (accessKeyID == nil) == (secretAccessKeyFile == nil) else {
            let reason = "--from-access-key-id and --from-secret-access-key-file go together"
            throw MigrationError(.invalidArgument, reason)
        }
        if let accessKeyID, accessKeyID.isEmpty {
            throw MigrationError(.invalidArgument, "--from-access-key-id must not be empty")
        }
    }

    /// The configuration of a client for the bucket; `target` is the configured storage, whose timeouts and authorities it
    /// shares.
    ///
    /// Throws `invalidArgument` where something is missing, and what.
    package func configuration(
        bucket: String,
        target: S3Configuration
    ) throws(MigrationError) -> S3Configuration {
        try validate()
        let own = try parsedEndpoint()
        let isSameEndpoint = own == nil || own == target.endpoint
        var configuration = target
        configuration.endpoint = own ?? target.endpoint
        configuration.publicEndpoint = nil
        configuration.publicAddressing = nil
        configuration.bucket = bucket
        configuration.region = region ?? variable("AWS_REGION") ?? (isSameEndpoint ? target.region : "us-east-1")
        configuration.addressing = try parsedAddressing() ?? (isSameEndpoint ? target.addressing : .path)
        configuration.credentials = try credentials(isSameEndpoint ? target.credentials : nil)
        do throws(S3ConfigurationError) {
            try configuration.validate()
        } catch {
            throw MigrationError(.invalidArgument, "the source's bucket cannot be used: \(error)")
        }
        return configuration
    }

    private func parsedEndpoint() throws(MigrationError) -> S3Endpoint? {
        guard let endpoint else { return nil }
        do throws(S3ConfigurationError) {
            return try S3Endpoint(parsing: endpoint)
        } catch {
            let quoted = TerminalCells.safe("\"\(endpoint)\"")
            throw MigrationError(.invalidArgument, "--from-endpoint \(quoted) cannot be used: \(error)")
        }
    }

    private func parsedAddressing() throws(MigrationError) -> S3Addressing? {
        guard let addressing else { return nil }
        guard let parsed = S3Addressing(rawValue: addressing) else {
            let quoted = TerminalCells.safe("\"\(addressing)\"")
            throw MigrationError(.invalidArgument, "--from-addressing must be path or virtualHost, not \(quoted)")
        }
        return parsed
    }

    private func credentials(_ inherited: Credentials?) throws(MigrationError) -> Credentials {
        if let accessKeyID, let secretAccessKeyFile {
            return Credentials(accessKeyID: accessKeyID, secretAccessKey: try secret(in: secretAccessKeyFile))
        }
        if let accessKeyID = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") {
            let token = variable("AWS_SESSION_TOKEN")
            return Credentials(accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token)
        }
        guard let inherited else {
            throw MigrationError(
                .invalidArgument,
                "the source's keys are missing: give --from-access-key-id and --from-secret-access-key-file, or set "
                    + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        }
        return inherited
    }

    private func secret(in file: String) throws(MigrationError) -> String {
        let quoted = TerminalCells.safe(file)
        guard let content = FileManager.default.contents(atPath: file) else {
            throw MigrationError(.invalidArgument, "--from-secret-access-key-file \(quoted) cannot be read")
        }
        let secret = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else {
            throw MigrationError(.invalidArgument, "--from-secret-access-key-file \(quoted) is empty")
        }
        return secret
    }

    private func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
