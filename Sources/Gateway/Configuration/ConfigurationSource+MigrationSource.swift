import Curl
import S3
import SigV4

extension ConfigurationSource {
    /// The old place alone, and the storage beside it, for the commands that move files.
    package func loadMigrationSource() async throws(ConfigurationFaults) -> MigrationSourceConfiguration? {
        var reader = strictReader()
        let storage = await reader.storage(idleTimeout: .seconds(86_400))
        let source = await reader.migrationSource(beside: storage)
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return source
    }
}

extension StrictReader {
    /// Where clients reach this server; nil where that is not said.
    mutating func publicURL() async -> String? {
        guard var text = await text(.httpPublicURL) else { return nil }
        if text.hasSuffix("/") { text.removeLast() }
        let isPlain = text.wholeMatch(of: /https?:\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/) != nil
        guard isPlain else {
            let reason = "is not a URL like https://chat.example.com: scheme, host and port, no path"
            report(ConfigurationFault(.httpPublicURL, value: text.contains("@") ? nil : text, reason))
            return nil
        }
        return text
    }

    /// Where what has not been moved yet is; nil for `none`.
    ///
    /// Time-outs and certificates are those of the storage.
    mutating func migrationSource(beside storage: S3Configuration?) async -> MigrationSourceConfiguration? {
        switch await choice(.migrationSourceKind, default: .none, allowed: MigrationSourceConfiguration.Kind.allCases) {
        case .none: return nil
        case .directory:
            let path = await required(.migrationSourceDirectory)
            return path.isEmpty ? nil : .directory(path: path)
        case .s3: return await sourceBucket(beside: storage)
        }
    }

    private mutating func sourceBucket(beside storage: S3Configuration?) async -> MigrationSourceConfiguration? {
        let endpoint = endpoint(.migrationSourceEndpoint, text: await required(.migrationSourceEndpoint))
        let publicText = await text(.migrationSourcePublicEndpoint)
        let publicEndpoint = publicText.flatMap { self.endpoint(.migrationSourcePublicEndpoint, text: $0) }
        let bucket = await required(.migrationSourceBucket)
        let credentials = Credentials(
            accessKeyID: await requiredSecret(.migrationSourceAccessKeyID, file: .migrationSourceAccessKeyIDFile),
            secretAccessKey: await requiredSecret(
                .migrationSourceSecretAccessKey,
                file: .migrationSourceSecretAccessKeyFile
            ),
            sessionToken: await secret(.migrationSourceSessionToken, file: .migrationSourceSessionTokenFile)
        )
        let region = await text(.migrationSourceRegion, default: "us-east-1")
        let addressing = await choice(
            .migrationSourceAddressing,
            default: S3Addressing.path,
            allowed: [.path, .virtualHost]
        )
        let prefix = await sourcePrefix()
        guard let endpoint, !bucket.isEmpty else { return nil }
        let configuration = S3Configuration(
            endpoint: endpoint,
            publicEndpoint: publicEndpoint,
            region: region,
            bucket: bucket,
            addressing: addressing,
            credentials: credentials,
            retry: storage?.retry ?? S3RetryPolicy(),
            curl: storage?.curl ?? CurlConfiguration()
        )
        do throws(S3ConfigurationError) {
            try configuration.validate()
        } catch {
            report(Self.fault(error, in: configuration))
        }
        if let storage, storage.identity() == configuration.identity() {
            let reason =
                "is the bucket of s3.bucket at the same endpoint: what is deleted or pruned there would be lost"
            report(ConfigurationFault(.migrationSourceBucket, value: bucket, reason))
        }
        return .bucket(configuration, prefix: prefix)
    }

    /// With one slash at the end, and none at the beginning: keys do not begin with one.
    private mutating func sourcePrefix() async -> String {
        guard var prefix = await text(.migrationSourcePrefix) else { return "" }
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard !prefix.hasPrefix("/"), prefix.utf8.count <= 900, !prefix.utf8.contains(where: { $0 < 0x20 }) else {
            let reason = "is not the beginning of a key like media/old: no slash in front, at most 900 bytes"
            report(ConfigurationFault(.migrationSourcePrefix, value: prefix, reason))
            return ""
        }
        return prefix.isEmpty ? "" : "\(prefix)/"
    }

    private static func fault(
        _ error: S3ConfigurationError,
        in configuration: S3Configuration
    ) -> ConfigurationFault {
        let reason = "is not usable: \(error.message)"
        return switch error.field {
        case .bucket: ConfigurationFault(.migrationSourceBucket, value: configuration.bucket, reason)
        case .region: ConfigurationFault(.migrationSourceRegion, value: configuration.region, reason)
        case .addressing:
            ConfigurationFault(.migrationSourceAddressing, value: configuration.addressing.rawValue, reason)
        case .publicEndpoint: ConfigurationFault(.migrationSourcePublicEndpoint, reason)
        case nil: ConfigurationFault(.migrationSourceEndpoint, reason)
        }
    }
}
