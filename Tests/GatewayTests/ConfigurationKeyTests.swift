import Attachments
import Catalog
import Crypto
import Curl
import Foundation
import Logging
import Media
import S3
import SigV4
import TestSupport
import Testing

@testable import Gateway

struct ConfigurationKeyTests {
    private let required: [ConfigurationKey: String] = [
        .s3Endpoint: "http://storage.example.com:8333",
        .s3Bucket: "chat",
        .s3AccessKeyID: "key",
        .s3SecretAccessKey: "secret",
        .authSecret: "a token secret of 32 bytes or more.",
        .membershipHookURL: "https://app.example.com/membership",
        .membershipHookSecret: "a hook's secret of 32 bytes or more",
        .deliveryURL: "https://media.example.com",
        .deliveryKeyPairID: "K1",
        .deliverySecret: "a secret of sixteen bytes or more",
        .renditionsHLSEnabled: "true",
        .scanHTTPURL: "https://scanner.example.com/scan",
        .scanHTTPSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        .migrationSourceKind: "s3",
        .migrationSourceDirectory: "/srv/media",
        .migrationSourceEndpoint: "http://before.example.com:8333",
        .migrationSourceBucket: "before",
        .migrationSourceAccessKeyID: "key",
        .migrationSourceSecretAccessKey: "secret",
    ]

    @Test(arguments: ConfigurationKey.allCases)
    func `each key is read from the environment by its own name, and sets what it says`(
        key: ConfigurationKey
    ) async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("file")
        try "the content of a file, 32 bytes or more".write(toFile: file, atomically: true, encoding: .utf8)
        try Self.fileSecret.write(toFile: "\(file).whsec", atomically: true, encoding: .utf8)
        let publicKey = P256.Signing.PrivateKey().publicKey.pemRepresentation
        try publicKey.write(toFile: "\(file).pem", atomically: true, encoding: .utf8)
        try Self.privateKey.write(toFile: "\(file).rsa", atomically: true, encoding: .utf8)
        let setting = setting(key, file: file)
        var required = required
        required[.deliveryPrivateKey] = Self.privateKey
        let before = try await load(required)
        #expect(setting.read(before) != setting.expected, "what is there anyway shows nothing")
        var settings = required
        if let direct = Self.replaced(by: key) { settings[direct] = nil }
        settings[key] = setting.value
        if key == .migrationSourceDirectory { settings[.migrationSourceKind] = "directory" }
        if let mode = Self.deliveryMode(of: key) { settings[.deliveryMode] = mode }
        if let other = Self.companion(of: key) { settings[other] = file }
        if key == .scanClamd { settings[.scanHTTPURL] = nil }
        let after = try await load(settings)
        #expect(setting.read(after) == setting.expected)
        withExtendedLifetime(directory) {}
    }

    @Test func `names in the environment are split into words`() {
        #expect(ConfigurationKey.s3PartMegabytes.environmentName == "SATCHEL_S3_PART_MEGABYTES")
        #expect(ConfigurationKey.s3AccessKeyID.environmentName == "SATCHEL_S3_ACCESS_KEY_ID")
        #expect(ConfigurationKey.serverHost.environmentName == "SATCHEL_SERVER_HOST")
    }

    /// The key that a secret's file stands in for.
    private static func replaced(by key: ConfigurationKey) -> ConfigurationKey? {
        switch key {
        case .s3AccessKeyIDFile: .s3AccessKeyID
        case .s3SecretAccessKeyFile: .s3SecretAccessKey
        case .authSecretFile: .authSecret
        case .membershipHookSecretFile: .membershipHookSecret
        case .deliveryPrivateKeyFile: .deliveryPrivateKey
        case .deliverySecretFile: .deliverySecret
        case .scanHTTPSecretFile: .scanHTTPSecret
        case .migrationSourceAccessKeyIDFile: .migrationSourceAccessKeyID
        case .migrationSourceSecretAccessKeyFile: .migrationSourceSecretAccessKey
        default: nil
        }
    }

    /// The key without which this one is a mistake.
    private static func companion(of key: ConfigurationKey) -> ConfigurationKey? {
        switch key {
        case .serverTLSCertificateFile: .serverTLSKeyFile
        case .serverTLSKeyFile: .serverTLSCertificateFile
        default: nil
        }
    }

    /// The mode in which the key counts.
    private static func deliveryMode(of key: ConfigurationKey) -> String? {
        switch key {
        case .deliveryKeyPairID, .deliveryPrivateKey, .deliveryPrivateKeyFile: "cloudfront"
        case .deliveryURL, .deliverySecret, .deliverySecretFile: "token"
        default: nil
        }
    }

    private static let privateKey = (try? OpenSSLKey(.rsa))?.privatePEM ?? ""

    /// The URL of an object `k` that ends at 2,000,000,000, or `presigned`.
    private static func objectURL(_ configuration: GatewayConfiguration) -> String {
        let terms = URLTerms(
            signedAt: SigningTime(secondsSinceEpoch: 1_999_999_000),
            lifetime: .seconds(1_000),
            mediaType: "a/b",
            disposition: "inline"
        )
        guard let signer = configuration.attachments.objectURLs else { return "presigned" }
        return (try? signer.url(forKey: "k", terms: terms)) ?? "not signed"
    }

    /// 256 bytes in base64, of a key of 2,048 bits; 0 where there is none.
    private static func signatureLength(_ configuration: GatewayConfiguration) -> Int {
        let part = objectURL(configuration).split(separator: "&").first { $0.hasPrefix("Signature=") }
        return (part?.count ?? "Signature=".count) - "Signature=".count
    }

    private static func token(_ secret: String) -> String {
        let text = "/k?response-content-disposition=inline&response-content-type=a%2Fb&expires=2000000000"
        let code = HMAC<SHA256>
            .authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "https://media.example.com\(text)&token=\(SampleToken.encode(Array(code)))"
    }

    private func load(_ settings: [ConfigurationKey: String]) async throws -> GatewayConfiguration {
        var environment = [
            "SATCHEL_RENDITIONS_VIDEO_720P_SHORT_EDGE": "720", "SATCHEL_RENDITIONS_VIDEO_480P_SHORT_EDGE": "480",
        ]
        for (key, value) in settings { environment[key.environmentName] = value }
        return try await ConfigurationSource(file: nil, environment: environment).loadGateway()
    }

    /// A value that is not the default, and what the configuration then says.
    private struct Setting {
        let value: String
        let expected: String
        let read: (GatewayConfiguration) -> String

        init(_ value: String, expected: String? = nil, _ read: @escaping (GatewayConfiguration) -> String) {
            self.value = value
            self.expected = expected ?? value
            self.read = read
        }
    }

    private func seconds(_ read: @escaping (GatewayConfiguration) -> Duration) -> Setting {
        Setting("77") { "\(read($0).components.seconds)" }
    }

    private func number(_ value: Int, _ read: @escaping (GatewayConfiguration) -> Int) -> Setting {
        Setting("\(value)") { "\(read($0))" }
    }

    private func megabytes(_ value: Int, _ read: @escaping (GatewayConfiguration) -> Int64) -> Setting {
        Setting("\(value)") { "\(read($0) >> 20)" }
    }

    private static func directory(_ configuration: GatewayConfiguration) -> String? {
        guard case .directory(let path) = configuration.migrationSource else { return nil }
        return path
    }

    private static func bucket(_ configuration: GatewayConfiguration) -> S3Configuration? {
        guard case .bucket(let bucket, _) = configuration.migrationSource else { return nil }
        return bucket
    }

    /// Of 24 bytes each, 0 to 23 and 23 to 0.
    private static let fileSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
    private static let otherSecret = "whsec_FxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"

    private static func scanner(_ configuration: GatewayConfiguration) -> (url: String, firstByte: UInt8?) {
        guard case .http(let url, let secrets) = configuration.scanner?.kind else { return ("", nil) }
        return (url, secrets.first?.bytes.first)
    }

    private static func clamd(_ configuration: GatewayConfiguration) -> ClamdAddress? {
        guard case .clamd(let address) = configuration.scanner?.kind else { return nil }
        return address
    }

    private static func prefix(_ configuration: GatewayConfiguration) -> String {
        guard case .bucket(_, let prefix) = configuration.migrationSource else { return "" }
        return prefix
    }

    private static func steps(_ configuration: GatewayConfiguration) -> String {
        "\(configuration.attachments.transcoding.ladder.map(\.name))"
    }

    private func setting(_ key: ConfigurationKey, file: String) -> Setting {
        let content = "the content of a file, 32 bytes or more"
        return switch key {
        case .renditionsKeepOriginal: Setting("false") { "\($0.attachments.transcoding.keepsOriginal)" }
        case .renditionsHLSEnabled: Setting("false", expected: "[]") { Self.steps($0) }
        case .renditionsHLSNames: Setting("480p", expected: "[\"hls480p\"]") { Self.steps($0) }
        case .transcodeTimeoutSeconds: seconds { $0.attachments.transcoding.timeout }
        case .transcodeMemoryMegabytes: megabytes(512) { $0.attachments.transcoding.memoryBytes }
        case .serverHost: Setting("192.0.2.1") { $0.listener.host }
        case .serverPort: number(9077) { $0.listener.port }
        case .serverBasePath: Setting("/files") { $0.listener.basePath }
        case .serverIdleTimeoutSeconds: seconds { $0.listener.idleTimeout }
        case .serverShutdownGraceSeconds: seconds { $0.listener.shutdownGrace }
        case .serverMaxConnections: number(77) { $0.listener.maxConnections }
        case .serverMaxConnectionsPerAddress: number(77) { $0.limits.connectionsPerAddress ?? 0 }
        case .serverHeaderTimeoutSeconds: seconds { $0.limits.headerTimeout }
        case .serverBodyTimeoutSeconds: seconds { $0.limits.pace.silence }
        case .serverTrustedProxies:
            Setting("10.0.0.0/8, ::1", expected: "10.0.0.0/8 ::1/128") { configuration in
                configuration.limits.trustedProxies.networks.map(\.description).joined(separator: " ")
            }
        case .serverForwardedHeader: Setting("forwarded") { $0.limits.trustedProxies.header.rawValue }
        case .serverTLSCertificateFile: Setting(file) { $0.listener.tls?.certificate ?? "" }
        case .serverTLSKeyFile: Setting(file) { $0.listener.tls?.key ?? "" }
        case .httpPublicURL:
            Setting("https://chat.example.com/", expected: "https://chat.example.com") { $0.publicURL ?? "" }
        case .databasePath: Setting("elsewhere.sqlite") { $0.databasePath }
        case .spoolDirectory: Setting("elsewhere") { $0.attachments.spoolDirectory }
        case .spoolQuotaMegabytes: megabytes(777) { $0.attachments.spoolQuotaBytes }
        case .s3Endpoint: Setting("https://storage:9000", expected: "storage:9000") { $0.storage.endpoint.authority }
        case .s3PublicEndpoint:
            Setting("https://media.example.com", expected: "media.example.com") {
                $0.storage.publicEndpoint?.authority ?? ""
            }
        case .s3Region: Setting("eu-central-1") { $0.storage.region }
        case .s3Bucket: Setting("elsewhere") { $0.storage.bucket }
        case .s3Addressing: Setting("virtualHost") { $0.storage.addressing.rawValue }
        case .s3AccessKeyID: Setting("another-key") { $0.storage.credentials.accessKeyID }
        case .s3AccessKeyIDFile: Setting(file, expected: content) { $0.storage.credentials.accessKeyID }
        case .s3SecretAccessKey: Setting("another-secret") { $0.storage.credentials.secretAccessKey }
        case .s3SecretAccessKeyFile: Setting(file, expected: content) { $0.storage.credentials.secretAccessKey }
        case .s3SessionToken: Setting("a-session") { $0.storage.credentials.sessionToken ?? "" }
        case .s3SessionTokenFile: Setting(file, expected: content) { $0.storage.credentials.sessionToken ?? "" }
        case .s3SessionExpiresAt:
            Setting("2027-01-15T08:00:00Z", expected: "1800000000") {
                "\($0.storage.credentials.expiresAt?.secondsSinceEpoch ?? 0)"
            }
        case .s3PartMegabytes: megabytes(77) { $0.attachments.partSizeBytes }
        case .s3PartsInFlight: number(7) { $0.attachments.partsInFlightPerUpload }
        case .s3TotalPartsInFlight: number(77) { $0.attachments.partsInFlightTotal }
        case .s3ConnectTimeoutSeconds: seconds { $0.storage.curl.connectTimeout }
        case .s3StallTimeoutSeconds: seconds { $0.storage.curl.stallTimeout }
        case .s3MaxAttempts: number(7) { $0.storage.retry.maxAttempts }
        case .s3OutageSeconds: seconds { $0.attachments.outageTolerance }
        case .s3DeadlineSeconds: seconds { $0.attachments.storageDeadline }
        case .s3Checksums: Setting("never") { $0.storage.checksums.rawValue }
        case .s3CertificateAuthorityFile: Setting(file) { $0.storage.curl.certificateAuthorityFile ?? "" }
        case .migrationSourceKind: Setting("directory") { Self.directory($0) == nil ? "s3" : "directory" }
        case .migrationSourceDirectory: Setting("/srv/elsewhere") { Self.directory($0) ?? "" }
        case .migrationSourceEndpoint:
            Setting("https://old:9000", expected: "old:9000") { Self.bucket($0)?.endpoint.authority ?? "" }
        case .migrationSourcePublicEndpoint:
            Setting("https://old.example.com", expected: "old.example.com") {
                Self.bucket($0)?.publicEndpoint?.authority ?? ""
            }
        case .migrationSourceRegion: Setting("eu-central-1") { Self.bucket($0)?.region ?? "" }
        case .migrationSourceBucket: Setting("elsewhere") { Self.bucket($0)?.bucket ?? "" }
        case .migrationSourcePrefix: Setting("media/old", expected: "media/old/") { Self.prefix($0) }
        case .migrationSourceAddressing: Setting("virtualHost") { Self.bucket($0)?.addressing.rawValue ?? "" }
        case .migrationSourceAccessKeyID: Setting("another-key") { Self.bucket($0)?.credentials.accessKeyID ?? "" }
        case .migrationSourceAccessKeyIDFile:
            Setting(file, expected: content) { Self.bucket($0)?.credentials.accessKeyID ?? "" }
        case .migrationSourceSecretAccessKey:
            Setting("another-secret") { Self.bucket($0)?.credentials.secretAccessKey ?? "" }
        case .migrationSourceSecretAccessKeyFile:
            Setting(file, expected: content) { Self.bucket($0)?.credentials.secretAccessKey ?? "" }
        case .migrationSourceSessionToken: Setting("a-session") { Self.bucket($0)?.credentials.sessionToken ?? "" }
        case .migrationSourceSessionTokenFile:
            Setting(file, expected: content) { Self.bucket($0)?.credentials.sessionToken ?? "" }
        case .authSecret: Setting("another token secret of 32 bytes or more") { $0.tokens.secret ?? "" }
        case .authSecretFile: Setting(file, expected: content) { $0.tokens.secret ?? "" }
        case .authPublicKeyFiles:
            Setting("\(file).pem, \(file).pem", expected: "2") { "\($0.tokens.publicKeys.count)" }
        case .authJWKSURL: Setting("https://id.example.com/jwks.json") { $0.tokens.keySetURL ?? "" }
        case .authJWKSMaxAgeSeconds: seconds { $0.tokens.keySetMaxAge }
        case .authJWKSCertificateAuthorityFile: Setting(file) { $0.tokens.keySetCertificateAuthorityFile ?? "" }
        case .authUserClaim: Setting("uid") { $0.tokens.userClaim }
        case .authScopeClaim: Setting("scp") { $0.tokens.scopeClaim }
        case .authServiceScope: Setting("backend") { $0.tokens.serviceScope }
        case .authReadScope: Setting("reader") { $0.tokens.readScope }
        case .authIssuer: Setting("https://chat.example.com") { $0.tokens.issuer ?? "" }
        case .authAudience: Setting("files") { $0.tokens.audience ?? "" }
        case .authLeewaySeconds: seconds { $0.tokens.leeway }
        case .limitsVideoMegabytes: megabytes(77) { $0.attachments.limits.video }
        case .limitsImageMegabytes: megabytes(77) { $0.attachments.limits.image }
        case .limitsAudioMegabytes: megabytes(77) { $0.attachments.limits.audio }
        case .limitsDocumentMegabytes: megabytes(77) { $0.attachments.limits.document }
        case .limitsOtherMegabytes: megabytes(77) { $0.attachments.limits.other }
        case .limitsAddressRequestsPerMinute: number(77) { $0.limits.rates.address ?? 0 }
        case .limitsUserReadsPerMinute: number(77) { $0.limits.rates.userReads ?? 0 }
        case .limitsUserWritesPerMinute: number(77) { $0.limits.rates.userWrites ?? 0 }
        case .limitsUserUploadsPerMinute: number(77) { $0.limits.rates.userUploads ?? 0 }
        case .limitsUserUploadsAtOnce: number(77) { $0.attachments.uploadsAtOncePerUser ?? 0 }
        case .limitsUserQuotaMegabytes: megabytes(77) { $0.attachments.quotas.userBytes ?? 0 }
        case .limitsUserQuotaFiles: number(77) { Int($0.attachments.quotas.userFiles ?? 0) }
        case .limitsConversationQuotaMegabytes: megabytes(77) { $0.attachments.quotas.conversationBytes ?? 0 }
        case .limitsConversationQuotaFiles: number(77) { Int($0.attachments.quotas.conversationFiles ?? 0) }
        case .limitsMinBytesPerSecond: number(77) { Int($0.limits.pace.bytesPerSecond) }
        case .limitsMinRateGraceSeconds: seconds { $0.limits.pace.grace }
        case .limitsMinRateWindowSeconds: seconds { $0.limits.pace.window }
        case .mediaWorkerPath: Setting("/opt/worker") { $0.workerPath }
        case .mediaConcurrency: number(7) { $0.attachments.mediaJobsAtOnce }
        case .mediaInlineWaitSeconds: seconds { $0.attachments.inlineWait }
        case .mediaTimeoutSeconds: seconds { $0.attachments.processingTimeout }
        case .mediaQueueLength: number(7) { $0.attachments.mediaQueueLength }
        case .mediaBacklogLength: Setting("77") { "\($0.attachments.mediaBacklogLength)" }
        case .mediaStripMetadata: Setting("location") { $0.attachments.stripMetadata.rawValue }
        case .mediaUnstrippableFiles: Setting("store") { $0.attachments.unstrippableFiles.rawValue }
        case .mediaStoryboard: Setting("true") { "\($0.attachments.makesStoryboards)" }
        case .mediaMemoryMegabytes: megabytes(777) { $0.attachments.workerMemoryBytes }
        case .mediaMaxMegapixels: Setting("77", expected: "77000000") { "\($0.attachments.maxPixels)" }
        case .jobsInServer:
            Setting("purge, process", expected: "process purge") { configuration in
                configuration.attachments.jobs.kindsInServer.map(\.rawValue).sorted().joined(separator: " ")
            }
        case .jobsHistoryDays: number(77) { $0.attachments.jobs.historyDays }
        case .jobsConcurrencyProcess: number(7) { $0.attachments.jobs.concurrency(of: .process) }
        case .jobsConcurrencyImport: number(7) { $0.attachments.jobs.concurrency(of: .import) }
        case .jobsConcurrencyScan: number(7) { $0.attachments.jobs.concurrency(of: .scan) }
        case .jobsConcurrencyRender: number(7) { $0.attachments.jobs.concurrency(of: .render) }
        case .jobsConcurrencyTranscode: number(7) { $0.attachments.jobs.concurrency(of: .transcode) }
        case .jobsConcurrencyRevoke: number(7) { $0.attachments.jobs.concurrency(of: .revoke) }
        case .jobsConcurrencyPurge: number(7) { $0.attachments.jobs.concurrency(of: .purge) }
        case .jobsConcurrencyWebhook: number(7) { $0.attachments.jobs.concurrency(of: .webhook) }
        case .urlsLifetimeSeconds: Setting("777") { "\($0.attachments.urlLifetime.components.seconds)" }
        case .urlsWindowSeconds: seconds { $0.attachments.urlWindow }
        case .deliveryProxy: Setting("true") { "\($0.delivery.allowsProxy)" }
        case .deliveryMode: Setting("token", expected: Self.token("a secret of sixteen bytes or more"), Self.objectURL)
        case .deliveryURL:
            Setting("https://cdn.example.net/x/", expected: "https://cdn.example.net/x/k") {
                String(Self.objectURL($0).prefix { $0 != "?" })
            }
        case .deliverySecret:
            Setting(
                "another one of sixteen bytes or more",
                expected: Self.token("another one of sixteen bytes or more"),
                Self.objectURL
            )
        case .deliverySecretFile: Setting(file, expected: Self.token(content), Self.objectURL)
        case .deliveryKeyPairID:
            Setting("K2", expected: "Key-Pair-Id=K2") { String(Self.objectURL($0).split(separator: "&").last ?? "") }
        case .deliveryPrivateKey:
            Setting(Self.privateKey, expected: "344") { "\(Self.signatureLength($0))" }
        case .deliveryPrivateKeyFile:
            Setting("\(file).rsa", expected: "344") { "\(Self.signatureLength($0))" }
        case .deletionRetentionDays:
            Setting("3", expected: "259200") { "\($0.attachments.deletion.retention.components.seconds)" }
        case .deletionRevokeURLs: Setting("true") { "\($0.attachments.deletion.revokesURLs)" }
        case .sweepEveryHours:
            Setting("2", expected: "7200") { "\($0.attachments.sweep.interval?.components.seconds ?? 0)" }
        case .sweepOlderThanHours: Setting("5", expected: "18000") { "\($0.attachments.sweep.age.components.seconds)" }
        case .sweepDeletesOrphans: Setting("true") { "\($0.attachments.sweep.deletesOrphans)" }
        case .membershipHookURL: Setting("http://127.0.0.1:8000/ask") { $0.membershipHook?.url ?? "" }
        case .membershipHookSecret:
            Setting("another hook's secret of 32 bytes or more") { $0.membershipHook?.secret ?? "" }
        case .membershipHookSecretFile: Setting(file, expected: content) { $0.membershipHook?.secret ?? "" }
        case .membershipTimeoutSeconds: Setting("7") { "\($0.membershipHook?.timeout.components.seconds ?? 0)" }
        case .membershipYesSeconds: Setting("77") { "\($0.membershipHook?.yesLifetime.components.seconds ?? 0)" }
        case .membershipNoSeconds: Setting("7") { "\($0.membershipHook?.noLifetime.components.seconds ?? 0)" }
        case .webhooksRetrySeconds:
            Setting("7, 77") { configuration in
                let seconds = configuration.attachments.webhookSchedule.pauses.map(\.components.seconds)
                return seconds.map { "\($0)" }.joined(separator: ", ")
            }
        case .scanClamd:
            Setting("unix:/run/clamd", expected: "true") { "\(Self.clamd($0) == .unix(path: "/run/clamd"))" }
        case .scanHTTPURL: Setting("http://10.0.0.7:9000/scan") { Self.scanner($0).url }
        case .scanHTTPSecret:
            Setting(Self.otherSecret, expected: "23") { Self.scanner($0).firstByte.map { "\($0)" } ?? "" }
        case .scanHTTPSecretFile:
            Setting("\(file).whsec", expected: "0") { Self.scanner($0).firstByte.map { "\($0)" } ?? "" }
        case .scanTimeoutSeconds: seconds { $0.scanner?.timeout ?? .zero }
        case .scanMaxMegabytes: megabytes(77) { $0.attachments.scan.maxBytes }
        case .scanLargerFiles: Setting("pass") { $0.attachments.scan.largerFiles.rawValue }
        case .scanFailOpen: Setting("true") { "\($0.attachments.scan.failsOpen)" }
        case .scanMigrated: Setting("pass") { $0.attachments.scan.migrated.rawValue }
        case .corsOrigins:
            Setting("https://a.example, http://[::1]:3000", expected: "https://a.example http://[::1]:3000") {
                $0.crossOrigin.origins.joined(separator: " ")
            }
        case .corsCredentials: Setting("true") { "\($0.crossOrigin.allowsCredentials)" }
        case .corsMaxAgeSeconds: Setting("77") { "\($0.crossOrigin.maxAge.components.seconds)" }
        case .metricsEnabled: Setting("true") { "\($0.metrics.isEnabled)" }
        case .metricsHost: Setting("192.0.2.2") { $0.metrics.host }
        case .metricsPort: number(9078) { $0.metrics.port ?? -1 }
        case .logLevel: Setting("notice") { $0.logLevel.rawValue }
        case .logFormat: Setting("json") { $0.logFormat.rawValue }
        }
    }
}
