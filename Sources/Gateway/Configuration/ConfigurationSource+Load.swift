import Attachments
import Curl
import Foundation
import Logging
import Media
import S3
import SigV4

extension ConfigurationSource {
    /// The whole configuration; throws all faults together.
    package func loadGateway() async throws(ConfigurationFaults) -> GatewayConfiguration {
        var reader = strictReader()
        let listener = await reader.listener()
        let databasePath = await reader.text(.databasePath, default: "data/satchel.sqlite")
        let storage = await reader.storage(idleTimeout: listener.idleTimeout)
        let tokens = await reader.tokens()
        var attachments = await reader.attachments()
        attachments.scan = await reader.scanRules()
        if let pauses = await reader.webhookPauses() { attachments.webhookSchedule = WebhookSchedule(pauses) }
        let webhooks = await reader.webhooks()
        let scanner = await reader.scanner()
        let jobs = await reader.jobs()
        attachments.deletion = await reader.deletion()
        attachments.sweep = await reader.sweep()
        let limits = await reader.limits()
        let membershipHook = await reader.membershipHook()
        let crossOrigin = await reader.crossOrigin()
        let delivery = await reader.delivery()
        let workerPath = await reader.text(
            .mediaWorkerPath,
            default: GatewayConfiguration.workerBesideExecutable
        )
        let logLevel = await reader.choice(.logLevel, default: Logger.Level.info, allowed: Logger.Level.allCases)
        let logFormat = await reader.choice(.logFormat, default: LogFormat.text, allowed: LogFormat.allCases)
        let metrics = await reader.metrics()
        let publicURL = await reader.publicURL()
        let migrationSource = await reader.migrationSource(beside: storage)
        guard var storage, reader.faults.isEmpty else {
            throw ConfigurationFaults(faults: reader.faults)
        }
        storage.curl.makeRoom(
            forBodies: attachments.partsInFlightTotal,
            downloads: delivery.allowsProxy ? listener.maxConnections : 0
        )
        var configuration = GatewayConfiguration(
            listener: listener,
            databasePath: databasePath,
            storage: storage,
            tokens: tokens,
            attachments: attachments,
            limits: limits,
            membershipHook: membershipHook,
            crossOrigin: crossOrigin,
            delivery: delivery,
            workerPath: workerPath,
            logLevel: logLevel,
            logFormat: logFormat,
            metrics: metrics
        )
        configuration.publicURL = publicURL
        configuration.attachments.jobs = jobs
        configuration.migrationSource = migrationSource
        configuration.webhooks = webhooks
        configuration.scanner = scanner
        return configuration
    }

    /// What concerns tokens alone, for the command that issues them.
    package func loadTokens() async throws(ConfigurationFaults) -> TokenConfiguration {
        var reader = strictReader()
        let tokens = await reader.tokens()
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return tokens
    }

    /// The path of the database alone, for the commands that migrate it.
    package func loadDatabasePath() async throws(ConfigurationFaults) -> String {
        var reader = strictReader()
        let path = await reader.text(.databasePath, default: "data/satchel.sqlite")
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return path
    }
}

extension GatewayConfiguration {
    /// The worker that is installed beside the program that runs.
    package static var workerBesideExecutable: String {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = executable.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? "."
        return "\(folder)/satchel-worker"
    }
}

extension CurlConfiguration {
    /// Has so many bodies be sent at once, each on a connection that is kept, and so many read, and other calls beside them.
    ///
    /// Large parts hold a connection for minutes where the way to the storage is slow, and downloads that pass through for as long as
    /// their clients take to read them. What is short must not wait for one meanwhile: its deadline counts from when it was asked
    /// for, and what misses that speaks against a storage that is well.
    fileprivate mutating func makeRoom(forBodies count: Int, downloads: Int) {
        maxConnectionsPerHost = count + downloads + maxConnectionsPerHost
        maxIdleConnections = max(count, maxIdleConnections)
    }
}

extension StrictReader {
    fileprivate mutating func listener() async -> ListenerConfiguration {
        let standard = ListenerConfiguration()
        let host = await text(.serverHost, default: standard.host)
        let port = await integer(.serverPort, default: standard.port, in: 0...65_535)
        var basePath = await text(.serverBasePath, default: standard.basePath)
        while basePath.hasSuffix("/") { basePath.removeLast() }
        let isPath = basePath.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#{}*:%".utf8.contains($0) }
        if !isPath || !(basePath.isEmpty || basePath.hasPrefix("/")) {
            report(ConfigurationFault(.serverBasePath, value: basePath, "is not a path like /api/chat"))
        }
        return ListenerConfiguration(
            host: host,
            port: port,
            basePath: basePath,
            idleTimeout: await seconds(.serverIdleTimeoutSeconds, default: 120, in: 1...86_400),
            shutdownGrace: await seconds(.serverShutdownGraceSeconds, default: 30, in: 0...86_400),
            maxConnections: await integer(.serverMaxConnections, default: 1024, in: 1...1_000_000),
            tls: await tlsFiles()
        )
    }

    mutating func storage(idleTimeout: Duration) async -> S3Configuration? {
        let endpointText = await required(.s3Endpoint)
        let endpoint = self.endpoint(.s3Endpoint, text: endpointText)
        let publicText = await text(.s3PublicEndpoint)
        let publicEndpoint = publicText.flatMap { self.endpoint(.s3PublicEndpoint, text: $0) }
        let bucket = await required(.s3Bucket)
        let credentials = Credentials(
            accessKeyID: await requiredSecret(.s3AccessKeyID, file: .s3AccessKeyIDFile),
            secretAccessKey: await requiredSecret(.s3SecretAccessKey, file: .s3SecretAccessKeyFile),
            sessionToken: await secret(.s3SessionToken, file: .s3SessionTokenFile),
            expiresAt: await time(.s3SessionExpiresAt)
        )
        let stallTimeout = await seconds(.s3StallTimeoutSeconds, default: 20, in: 1...3600)
        if stallTimeout >= idleTimeout {
            let reason = "must be longer than s3.stallTimeoutSeconds: a stalled storage holds uploads up"
            report(ConfigurationFault(.serverIdleTimeoutSeconds, value: "\(idleTimeout.components.seconds)", reason))
        }
        let curl = CurlConfiguration(
            connectTimeout: await seconds(.s3ConnectTimeoutSeconds, default: 5, in: 1...300),
            stallTimeout: stallTimeout,
            certificateAuthorityFile: await text(.s3CertificateAuthorityFile)
        )
        if let file = curl.certificateAuthorityFile, !FileManager.default.isReadableFile(atPath: file) {
            report(ConfigurationFault(.s3CertificateAuthorityFile, value: file, "cannot be read"))
        }
        let region = await text(.s3Region, default: "us-east-1")
        let addressing = await choice(.s3Addressing, default: S3Addressing.path, allowed: [.path, .virtualHost])
        let maxAttempts = await integer(.s3MaxAttempts, default: 4, in: 1...20)
        let checksums = await choice(
            .s3Checksums,
            default: ChecksumUse.automatic,
            allowed: [.automatic, .always, .never]
        )
        guard let endpoint, !bucket.isEmpty else { return nil }
        let configuration = S3Configuration(
            endpoint: endpoint,
            publicEndpoint: publicEndpoint,
            region: region,
            bucket: bucket,
            addressing: addressing,
            credentials: credentials,
            checksums: checksums,
            retry: S3RetryPolicy(maxAttempts: maxAttempts),
            curl: curl
        )
        do {
            try configuration.validate()
        } catch {
            report(Self.fault(error, in: configuration, publicEndpoint: publicText))
        }
        return configuration
    }

    /// The key that the storage's own check complains of, with its value.
    private static func fault(
        _ error: S3ConfigurationError,
        in configuration: S3Configuration,
        publicEndpoint: String?
    ) -> ConfigurationFault {
        let reason = "is not usable: \(error.message)"
        return switch error.field {
        case .bucket: ConfigurationFault(.s3Bucket, value: configuration.bucket, reason)
        case .region: ConfigurationFault(.s3Region, value: configuration.region, reason)
        case .addressing: ConfigurationFault(.s3Addressing, value: configuration.addressing.rawValue, reason)
        case .publicEndpoint: ConfigurationFault(.s3PublicEndpoint, value: publicEndpoint, reason)
        case nil: ConfigurationFault(.s3Endpoint, reason)
        }
    }

    mutating func endpoint(_ key: ConfigurationKey, text: String) -> S3Endpoint? {
        guard !text.isEmpty else { return nil }
        do {
            return try S3Endpoint(parsing: text)
        } catch {
            // A URL that someone put a password in is not shown.
            let value = text.contains("@") ? nil : text
            report(ConfigurationFault(key, value: value, "is not usable: \(error.message)"))
            return nil
        }
    }

    fileprivate mutating func attachments() async -> AttachmentsConfiguration {
        let megabytes = 1...5_000_000
        let limits = SizeLimits(
            video: await self.megabytes(.limitsVideoMegabytes, default: 100, in: megabytes),
            image: await self.megabytes(.limitsImageMegabytes, default: 10, in: megabytes),
            audio: await self.megabytes(.limitsAudioMegabytes, default: 50, in: megabytes),
            document: await self.megabytes(.limitsDocumentMegabytes, default: 20, in: megabytes),
            other: await self.megabytes(.limitsOtherMegabytes, default: 20, in: megabytes)
        )
        let quota = await self.megabytes(.spoolQuotaMegabytes, default: 10_240, in: 1...1_000_000_000)
        if quota < limits.largest {
            let reason = "is less than the largest file that limits.… allow (\(limits.largest >> 20))"
            report(ConfigurationFault(.spoolQuotaMegabytes, value: "\(quota >> 20)", reason))
        }
        let lifetime = await integer(.urlsLifetimeSeconds, default: 900, in: 1...604_800)
        let window = await integer(.urlsWindowSeconds, default: 300, in: 1...604_800)
        if window >= lifetime {
            let reason = "must be shorter than urls.lifetimeSeconds (\(lifetime)), or URLs are handed out expired"
            report(ConfigurationFault(.urlsWindowSeconds, value: "\(window)", reason))
        }
        let renditions = await renditions()
        return AttachmentsConfiguration(
            spoolDirectory: await text(.spoolDirectory, default: "data/spool"),
            spoolQuotaBytes: quota,
            limits: limits,
            quotas: await quotas(),
            uploadsAtOncePerUser: await bound(.limitsUserUploadsAtOnce, default: 16),
            partSizeBytes: await self.megabytes(.s3PartMegabytes, default: 8, in: 5...5120),
            partsInFlightPerUpload: await integer(.s3PartsInFlight, default: 3, in: 1...64),
            partsInFlightTotal: await integer(.s3TotalPartsInFlight, default: 32, in: 1...1024),
            outageTolerance: await seconds(.s3OutageSeconds, default: 15, in: 0...600),
            storageDeadline: await seconds(.s3DeadlineSeconds, default: 600, in: 1...86_400),
            urlLifetime: .seconds(lifetime),
            urlWindow: .seconds(window),
            inlineWait: await seconds(.mediaInlineWaitSeconds, default: 5, in: 0...300),
            mediaJobsAtOnce: await integer(.mediaConcurrency, default: 2, in: 1...64),
            processingTimeout: await seconds(.mediaTimeoutSeconds, default: 30, in: 1...3600),
            mediaQueueLength: await integer(.mediaQueueLength, default: 32, in: 0...10_000),
            workerMemoryBytes: await self.megabytes(.mediaMemoryMegabytes, default: 1024, in: 64...1_048_576),
            maxPixels: Int64(await integer(.mediaMaxMegapixels, default: 50, in: 1...100_000)) * 1_000_000,
            renditions: renditions,
            makesStoryboards: await boolean(.mediaStoryboard, default: false),
            stripMetadata: await choice(.mediaStripMetadata, default: .off, allowed: StripMode.allCases),
            unstrippableFiles: await choice(
                .mediaUnstrippableFiles,
                default: .refuse,
                allowed: UnstrippableFiles.allCases
            ),
            mediaBacklogLength: await integer(.mediaBacklogLength, default: 10_000, in: 1...10_000_000),
            objectURLs: await objectURLs(),
            transcoding: await transcoding(besides: renditions.map(\.name))
        )
    }
}
