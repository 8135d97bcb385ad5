package import Attachments
import Catalog
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import Media
import NIOCore
import NIOPosix
import S3
import ServiceLifecycle
import UnixSignals

/// The whole server, assembled from its configuration.
package struct GatewayServer: Sendable {
    let configuration: GatewayConfiguration
    let logger: Logger
    let catalog: Catalog
    let storage: S3Client
    private let media: MediaRunner
    private let membershipHook: MembershipHook?
    private let eventClients: EventClients
    let keySet: RemoteKeySet?
    let attachments: AttachmentService
    let oldPlaces: OldPlaces?
    /// Nil where no playlists are made.
    let streamLinks: StreamLinks?
    let verifier: LiveValue<TokenVerifier>
    let metrics = GatewayMetrics()
    let certificates: TLSCertificates?
    let maintenance: MaintenanceSwitch
    let reload: Reload
    /// The level that the logger's lines are written from; nil where it is fixed.
    let logLevel: LiveValue<Logger.Level>?
    /// Nil where nobody may read the metrics.
    let metricsPage: MetricsPage?
    let listeningPort = ListeningPort()
    let metricsListeningPort = ListeningPort()
    private let trigger = ShutdownTrigger()
    private let requests = RunningRequests()
    let limits: LiveValue<GatewayLimits>

    /// What is still waited after the grace, for answers to be written, before the connections are cut.
    private static let lastResort = Duration.seconds(15)

    /// Opens the database and prepares everything; nothing listens yet.
    ///
    /// Throws where the database can't be opened, another server has it, or its schema is not this release's and
    /// `migrates` is false.
    ///
    /// `source` reads the configuration anew for a reload; without it there is none. `logLevel` is what `logger` was made
    /// with, for a reload to change.
    package init(
        configuration: GatewayConfiguration,
        logger: Logger,
        logLevel: LiveValue<Logger.Level>? = nil,
        migrates: Bool = false,
        source: Reload.Source? = nil
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        self.logLevel = logLevel
        limits = LiveValue(configuration.limits)
        certificates = try configuration.listener.tls.map { files throws(TLSFault) in try TLSCertificates(files) }
        catalog = try Catalog.open(
            path: configuration.databasePath,
            exclusively: true,
            webhooks: WebhookTargets(configuration.webhooks),
            replacement: configuration.attachments.transcoding.replacementRule,
            observer: metrics
        )
        maintenance = MaintenanceSwitch(databasePath: configuration.databasePath)
        if migrates {
            let names = try catalog.migrate()
            for name in names { logger.info("Migrated the database", metadata: ["step": .string(name)]) }
        }
        try catalog.requireCurrentSchema()
        try await catalog.requireHome()
        oldPlaces = try await Self.openOldPlaces(configuration, catalog: catalog, logger: logger)
        streamLinks = try await StreamLinks.configured(by: configuration, catalog: catalog)
        storage = try S3Client(configuration: configuration.storage).observed(by: metrics)
        media = MediaRunner(workerPath: configuration.workerPath)
        membershipHook = try configuration.membershipHook.map { hook in try MembershipHook(configuration: hook) }
        eventClients = try EventClients(configuration)
        attachments = AttachmentService(
            configuration: configuration.attachments,
            catalog: catalog,
            storage: storage,
            media: media,
            memberships: membershipHook,
            source: oldPlaces?.source,
            playlistLinks: streamLinks,
            scanner: eventClients.scanner,
            webhookSender: eventClients.sender,
            logger: logger,
            observer: metrics
        )
        keySet = try RemoteKeySet.configured(by: configuration.tokens, logger: logger)
        verifier = LiveValue(try await TokenVerifier(configuration: configuration.tokens, keySet: keySet))
        let certificates = certificates
        let sources = MetricsPage.Sources(
            attachments: attachments,
            catalog: catalog,
            storage: storage,
            maintenance: maintenance,
            certificateEnd: { certificates?.end }
        )
        metricsPage = configuration.metrics.isEnabled ? MetricsPage(metrics: metrics, sources: sources) : nil
        reload = Reload(source: source, logger: logger, metrics: metrics)
        registerReloads()
    }

    /// Reads the configuration anew, as at a SIGHUP; answers whether all of it is in force.
    @discardableResult
    package func reloadConfiguration() async -> Bool {
        await reload.perform()
    }

    /// The port of the metrics, where they have one of their own; nil before the server listens.
    package var metricsPort: Int? { metricsListeningPort.number }

    /// The port that the server listens on; nil before it does.
    package var port: Int? { listeningPort.number }

    /// Waits until the server listens; nil where it ended before that.
    package func waitForPort() async -> Int? {
        await listeningPort.wait()
    }

    /// Begins a graceful shutdown: no new connections, running requests may end, then `run` returns.
    package func shutDown() async {
        await trigger.fire()
    }

    /// Serves until `shutDown`, or until SIGTERM or SIGINT where signals are handled.
    ///
    /// Requests under way at that time may take the configured grace to end; then they are cancelled, and answered that
    /// the server shuts down. Background work stops after them, the media worker and the connections to the storage
    /// after that, the database at last.
    package func run(handlesSignals: Bool = false) async throws {
        // A peer that goes away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let outcome: Result<Void, any Error>
        do {
            try attachments.recover()
            await attachments.announce(as: .serve)
            try await serve(on: loops, handlesSignals: handlesSignals)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        listeningPort.settle(nil)
        await media.shutdown()
        await storage.shutdown()
        await oldPlaces?.source.store.shutdown()
        await keySet?.shutdown()
        await membershipHook?.shutdown()
        await eventClients.shutdown()
        requests.leaveLoops()
        try? await loops.shutdownGracefully()
        do {
            try catalog.close()
        } catch {
            logger.warning("The database was not closed cleanly", metadata: ["error": .string("\(error)")])
        }
        try outcome.get()
    }

    private func serve(on loops: MultiThreadedEventLoopGroup, handlesSignals: Bool) async throws {
        // In this order they start; in the opposite order they stop.
        var members: [any Service] =
            [AttachmentJobs(attachments: attachments)] + watches(handlesSignals: handlesSignals) + listeners(on: loops)
            + [
                GracefulApplication(
                    application: application(on: loops),
                    requests: requests,
                    grace: configuration.listener.shutdownGrace,
                    logger: logger
                )
            ]
            + reports(on: loops, handlesSignals: handlesSignals)
        if let keySet { members.insert(keySet, at: 0) }
        var group = ServiceGroupConfiguration(
            services: members,
            gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = configuration.listener.shutdownGrace + Self.lastResort
        let services = ServiceGroup(configuration: group)
        if trigger.attach(services) { await services.triggerGracefulShutdown() }
        do {
            try await services.run()
        } catch is CancellationError {
            logger.warning("The shutdown took too long; the connections that were left were cut")
        }
    }

    private func application(on loops: MultiThreadedEventLoopGroup) -> some ApplicationProtocol {
        let listener = configuration.listener
        let routes = Routes(
            attachments: attachments,
            catalog: catalog,
            verifier: verifier,
            apiKeys: APIKeyVerifier(catalog: catalog, logger: logger),
            basePath: listener.basePath,
            largestFile: configuration.attachments.limits.largest,
            crossOrigin: configuration.crossOrigin,
            delivery: configuration.delivery,
            requests: requests,
            rates: RateLimiting(limits: limits, limiter: RateLimiter()),
            metrics: metrics,
            maintenance: maintenance,
            metricsPage: configuration.metrics.port == nil ? metricsPage : nil,
            oldObjectLinks: oldPlaces?.links,
            streamLinks: streamLinks,
            basing: basing
        )
        let (listeningPort, certificates, connections) = (listeningPort, certificates, metrics.connections)
        let (limits, counts, requests) = (limits, ConnectionCounts(), requests)
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionCap(limits: limits, counts: counts), HeaderDeadline(limits: limits),
            ],
            idleTimeout: TimeAmount(listener.idleTimeout)
        )
        return Application(
            router: routes.makeRouter(),
            server: HTTPServerBuilder { responder in
                GatewayChannel(
                    base: HTTP1Channel(responder: responder, configuration: http),
                    certificates: certificates,
                    connections: connections,
                    requests: requests
                )
            },
            configuration: ApplicationConfiguration(
                address: .hostname(listener.host, port: listener.port),
                // A burst that the system's queue does not hold is lost, and its clients try again after a second.
                backlog: max(256, listener.maxConnections),
                availableConnectionsDelegate: .maximum(listener.maxConnections, logger: logger)
            ),
            onServerRunning: { channel in listeningPort.settle(channel.localAddress?.port ?? listener.port) },
            eventLoopGroupProvider: .shared(loops),
            logger: logger
        )
    }
}
