/// A setting, by its name in the configuration file.
///
/// This list is all there is, but for the renditions, the receivers of webhooks and the limits of routes, whose names are the
/// operator's (`NamedKey`): any other name is a mistake.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    case serverHost = "server.host"
    case serverPort = "server.port"
    case serverBasePath = "server.basePath"
    case serverIdleTimeoutSeconds = "server.idleTimeoutSeconds"
    case serverShutdownGraceSeconds = "server.shutdownGraceSeconds"
    case serverMaxConnections = "server.maxConnections"
    case serverMaxConnectionsPerAddress = "server.maxConnectionsPerAddress"
    case serverHeaderTimeoutSeconds = "server.headerTimeoutSeconds"
    case serverBodyTimeoutSeconds = "server.bodyTimeoutSeconds"
    case serverTrustedProxies = "server.trustedProxies"
    case serverForwardedHeader = "server.forwardedHeader"
    case serverTLSCertificateFile = "server.tls.certificateFile"
    case serverTLSKeyFile = "server.tls.keyFile"

    case httpPublicURL = "http.publicURL"

    case databasePath = "database.path"

    case spoolDirectory = "spool.directory"
    case spoolQuotaMegabytes = "spool.quotaMegabytes"

    case s3Endpoint = "s3.endpoint"
    case s3PublicEndpoint = "s3.publicEndpoint"
    case s3Region = "s3.region"
    case s3Bucket = "s3.bucket"
    case s3Addressing = "s3.addressing"
    case s3AccessKeyID = "s3.accessKeyId"
    case s3AccessKeyIDFile = "s3.accessKeyIdFile"
    case s3SecretAccessKey = "s3.secretAccessKey"
    case s3SecretAccessKeyFile = "s3.secretAccessKeyFile"
    case s3SessionToken = "s3.sessionToken"
    case s3SessionTokenFile = "s3.sessionTokenFile"
    case s3SessionExpiresAt = "s3.sessionExpiresAt"
    case s3PartMegabytes = "s3.partMegabytes"
    case s3PartsInFlight = "s3.partsInFlight"
    case s3TotalPartsInFlight = "s3.totalPartsInFlight"
    case s3ConnectTimeoutSeconds = "s3.connectTimeoutSeconds"
    case s3StallTimeoutSeconds = "s3.stallTimeoutSeconds"
    case s3MaxAttempts = "s3.maxAttempts"
    case s3OutageSeconds = "s3.outageSeconds"
    case s3DeadlineSeconds = "s3.deadlineSeconds"
    case s3Checksums = "s3.checksums"
    case s3CertificateAuthorityFile = "s3.certificateAuthorityFile"

    case migrationSourceKind = "migration.source.kind"
    case migrationSourceDirectory = "migration.source.directory"
    case migrationSourceEndpoint = "migration.source.s3.endpoint"
    case migrationSourcePublicEndpoint = "migration.source.s3.publicEndpoint"
    case migrationSourceRegion = "migration.source.s3.region"
    case migrationSourceBucket = "migration.source.s3.bucket"
    case migrationSourcePrefix = "migration.source.s3.prefix"
    case migrationSourceAddressing = "migration.source.s3.addressing"
    case migrationSourceAccessKeyID = "migration.source.s3.accessKeyId"
    case migrationSourceAccessKeyIDFile = "migration.source.s3.accessKeyIdFile"
    case migrationSourceSecretAccessKey = "migration.source.s3.secretAccessKey"
    case migrationSourceSecretAccessKeyFile = "migration.source.s3.secretAccessKeyFile"
    case migrationSourceSessionToken = "migration.source.s3.sessionToken"
    case migrationSourceSessionTokenFile = "migration.source.s3.sessionTokenFile"

    case authSecret = "auth.secret"
    case authSecretFile = "auth.secretFile"
    case authPublicKeyFiles = "auth.publicKeyFiles"
    case authJWKSURL = "auth.jwksUrl"
    case authJWKSMaxAgeSeconds = "auth.jwksMaxAgeSeconds"
    case authJWKSCertificateAuthorityFile = "auth.jwksCertificateAuthorityFile"
    case authUserClaim = "auth.userClaim"
    case authScopeClaim = "auth.scopeClaim"
    case authServiceScope = "auth.serviceScope"
    case authReadScope = "auth.readScope"
    case authIssuer = "auth.issuer"
    case authAudience = "auth.audience"
    case authLeewaySeconds = "auth.leewaySeconds"

    case limitsVideoMegabytes = "limits.videoMegabytes"
    case limitsImageMegabytes = "limits.imageMegabytes"
    case limitsAudioMegabytes = "limits.audioMegabytes"
    case limitsDocumentMegabytes = "limits.documentMegabytes"
    case limitsOtherMegabytes = "limits.otherMegabytes"
    case limitsAddressRequestsPerMinute = "limits.addressRequestsPerMinute"
    case limitsUserReadsPerMinute = "limits.userReadsPerMinute"
    case limitsUserWritesPerMinute = "limits.userWritesPerMinute"
    case limitsUserUploadsPerMinute = "limits.userUploadsPerMinute"
    case limitsUserUploadsAtOnce = "limits.userUploadsAtOnce"
    case limitsUserQuotaMegabytes = "limits.userQuotaMegabytes"
    case limitsUserQuotaFiles = "limits.userQuotaFiles"
    case limitsConversationQuotaMegabytes = "limits.conversationQuotaMegabytes"
    case limitsConversationQuotaFiles = "limits.conversationQuotaFiles"
    case limitsMinBytesPerSecond = "limits.minBytesPerSecond"
    case limitsMinRateGraceSeconds = "limits.minRateGraceSeconds"
    case limitsMinRateWindowSeconds = "limits.minRateWindowSeconds"

    case mediaWorkerPath = "media.workerPath"
    case mediaConcurrency = "media.concurrency"
    case mediaInlineWaitSeconds = "media.inlineWaitSeconds"
    case mediaTimeoutSeconds = "media.timeoutSeconds"
    case mediaQueueLength = "media.queueLength"
    case mediaBacklogLength = "media.backlogLength"
    case mediaStoryboard = "media.storyboard"
    case mediaStripMetadata = "media.stripMetadata"
    case mediaUnstrippableFiles = "media.unstrippableFiles"
    case mediaMemoryMegabytes = "media.memoryMegabytes"
    case mediaMaxMegapixels = "media.maxMegapixels"

    case jobsInServer = "jobs.inServer"
    case jobsHistoryDays = "jobs.historyDays"
    case jobsConcurrencyProcess = "jobs.concurrency.process"
    case jobsConcurrencyImport = "jobs.concurrency.import"
    case jobsConcurrencyScan = "jobs.concurrency.scan"
    case jobsConcurrencyRender = "jobs.concurrency.render"
    case jobsConcurrencyTranscode = "jobs.concurrency.transcode"
    case jobsConcurrencyRevoke = "jobs.concurrency.revoke"
    case jobsConcurrencyPurge = "jobs.concurrency.purge"
    case jobsConcurrencyWebhook = "jobs.concurrency.webhook"

    case renditionsKeepOriginal = "renditions.keepOriginal"
    case renditionsHLSEnabled = "renditions.hls.enabled"
    case renditionsHLSNames = "renditions.hls.names"

    case transcodeTimeoutSeconds = "transcode.timeoutSeconds"
    case transcodeMemoryMegabytes = "transcode.memoryMegabytes"

    case urlsLifetimeSeconds = "urls.lifetimeSeconds"
    case urlsWindowSeconds = "urls.windowSeconds"

    case deliveryProxy = "delivery.proxy"
    case deliveryMode = "delivery.mode"
    case deliveryURL = "delivery.url"
    case deliveryKeyPairID = "delivery.keyPairId"
    case deliveryPrivateKey = "delivery.privateKey"
    case deliveryPrivateKeyFile = "delivery.privateKeyFile"
    case deliverySecret = "delivery.secret"
    case deliverySecretFile = "delivery.secretFile"

    case deletionRetentionDays = "deletion.retentionDays"
    case deletionRevokeURLs = "deletion.revokeURLs"

    case sweepEveryHours = "sweep.everyHours"
    case sweepOlderThanHours = "sweep.olderThanHours"
    case sweepDeletesOrphans = "sweep.deletesOrphans"

    case membershipHookURL = "membership.hookURL"
    case membershipHookSecret = "membership.hookSecret"
    case membershipHookSecretFile = "membership.hookSecretFile"
    case membershipTimeoutSeconds = "membership.timeoutSeconds"
    case membershipYesSeconds = "membership.yesSeconds"
    case membershipNoSeconds = "membership.noSeconds"

    case webhooksRetrySeconds = "webhooks.retrySeconds"

    case scanClamd = "scan.clamd"
    case scanHTTPURL = "scan.httpURL"
    case scanHTTPSecret = "scan.httpSecret"
    case scanHTTPSecretFile = "scan.httpSecretFile"
    case scanTimeoutSeconds = "scan.timeoutSeconds"
    case scanMaxMegabytes = "scan.maxMegabytes"
    case scanLargerFiles = "scan.largerFiles"
    case scanFailOpen = "scan.failOpen"
    case scanMigrated = "scan.migrated"

    case corsOrigins = "cors.origins"
    case corsCredentials = "cors.credentials"
    case corsMaxAgeSeconds = "cors.maxAgeSeconds"
    case metricsEnabled = "metrics.enabled"
    case metricsHost = "metrics.host"
    case metricsPort = "metrics.port"

    case logLevel = "log.level"
    case logFormat = "log.format"

    /// Whether the value must never be shown.
    package var isSecret: Bool {
        switch self {
        case .s3AccessKeyID, .s3SecretAccessKey, .s3SessionToken, .authSecret, .membershipHookSecret: true
        case .deliveryPrivateKey, .deliverySecret: true
        case .migrationSourceAccessKeyID, .migrationSourceSecretAccessKey, .migrationSourceSessionToken: true
        case .scanHTTPSecret: true
        default: false
        }
    }

    /// The environment variable that sets this key: `SATCHEL_S3_PART_MEGABYTES` for `s3.partMegabytes`.
    package var environmentName: String { Self.environmentPrefix + variableName }

    /// What every environment variable of the program begins with.
    package static let environmentPrefix = "SATCHEL_"

    /// The variable's name without the prefix.
    var variableName: String { Self.variableName(of: rawValue) }

    /// The variable that stands for a key of the file: words in upper case, joined by underscores.
    static func variableName(of key: String) -> String {
        var name = ""
        var previous: Character?
        for character in key {
            if let previous, previous.isLowercase, character.isUppercase { name.append("_") }
            name.append(character == "." ? "_" : Character(character.uppercased()))
            previous = character
        }
        return name
    }

    /// Keys that there were, and what to say instead.
    static let replaced = ["media.thumbnailWidth": "media.renditions.thumbnail.width"]

    /// The known key that a mistyped name most likely means; nil where none is near.
    static func nearest(to name: String) -> ConfigurationKey? {
        nearest(to: name, spelled: \.rawValue)
    }

    /// The known key that a mistyped variable, without the prefix, most likely means; nil where none is near.
    static func nearest(toVariable name: String) -> ConfigurationKey? {
        nearest(to: name, spelled: \.variableName)
    }

    private static func nearest(
        to name: String,
        spelled spelling: (ConfigurationKey) -> String
    ) -> ConfigurationKey? {
        let wanted = Array(name.lowercased())
        let ranked = allCases.map { key in
            (key: key, distance: editDistance(wanted, Array(spelling(key).lowercased())))
        }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, wanted.count / 3) ? best.key : nil
    }

    /// The least number of single-character insertions, deletions and replacements between two words.
    static func editDistance(_ first: [Character], _ second: [Character]) -> Int {
        var row = Array(0...second.count)
        for (line, character) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in second.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
