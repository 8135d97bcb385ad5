package import Attachments
package import Logging
package import S3

/// Everything that a gateway must know before it starts.
package struct GatewayConfiguration: Sendable {
    /// Where and how the server listens.
    package var listener: ListenerConfiguration
    /// The database file; its folder is made when missing.
    package var databasePath: String
    /// The bucket and how to reach it.
    package var storage: S3Configuration
    /// Whose tokens are good, and what they say.
    package var tokens: TokenConfiguration
    /// Uploads, media work and URLs.
    package var attachments: AttachmentsConfiguration
    /// What requests and connections are held to.
    package var limits: GatewayLimits
    /// How the app is asked who takes part in a conversation; nil where the catalog keeps that.
    package var membershipHook: MembershipHookConfiguration?
    /// Which web pages may call the API.
    package var crossOrigin: CrossOriginConfiguration
    /// How files get to clients.
    package var delivery: DeliveryConfiguration
    /// The path of `satchel-worker`.
    package var workerPath: String
    /// The least severe log lines that are written.
    package var logLevel: Logger.Level
    /// How log lines are written.
    package var logFormat: LogFormat
    /// Where the metrics can be read.
    package var metrics: MetricsConfiguration
    /// Where clients reach this server: scheme, host and port, without a final slash; nil for what each request says.
    package var publicURL: String?
    /// Where what has not been moved into the storage yet is served from; nil where nothing is.
    package var migrationSource: MigrationSourceConfiguration?
    /// Who is told of what happens to attachments.
    package var webhooks: [WebhookReceiver] = []
    /// Who looks files through before anybody gets their URLs; nil where nobody does.
    package var scanner: ScannerConfiguration?

    /// Makes a configuration; what has no default has no sensible one.
    package init(
        listener: ListenerConfiguration = ListenerConfiguration(),
        databasePath: String = "data/satchel.sqlite",
        storage: S3Configuration,
        tokens: TokenConfiguration,
        attachments: AttachmentsConfiguration = AttachmentsConfiguration(spoolDirectory: "data/spool"),
        limits: GatewayLimits = GatewayLimits(),
        membershipHook: MembershipHookConfiguration? = nil,
        crossOrigin: CrossOriginConfiguration = CrossOriginConfiguration(),
        delivery: DeliveryConfiguration = DeliveryConfiguration(),
        workerPath: String,
        logLevel: Logger.Level = .info,
        logFormat: LogFormat = .text,
        metrics: MetricsConfiguration = MetricsConfiguration()
    ) {
        self.listener = listener
        self.databasePath = databasePath
        self.storage = storage
        self.tokens = tokens
        self.attachments = attachments
        self.limits = limits
        self.membershipHook = membershipHook
        self.crossOrigin = crossOrigin
        self.delivery = delivery
        self.workerPath = workerPath
        self.logLevel = logLevel
        self.logFormat = logFormat
        self.metrics = metrics
    }
}

/// Where and how the server listens.
package struct ListenerConfiguration: Sendable, Equatable {
    /// The address or name to listen on.
    package var host: String
    /// The TCP port; 0 lets the system choose one.
    package var port: Int
    /// What every route of the API begins with: a slash, and no slash at the end.
    ///
    /// Empty for the root.
    package var basePath: String
    /// How long a connection may lie still.
    ///
    /// Must exceed the longest stall of the storage, which holds uploads up.
    package var idleTimeout: Duration
    /// How long requests that are under way at a shutdown may take to end before they are cancelled.
    package var shutdownGrace: Duration
    /// How many connections may be open at once; further ones wait in the system's queue.
    package var maxConnections: Int
    /// The server's certificate and key; nil for connections in the clear.
    package var tls: TLSFiles?

    /// Makes a configuration with the documented defaults.
    package init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        basePath: String = "/api/chat",
        idleTimeout: Duration = .seconds(120),
        shutdownGrace: Duration = .seconds(30),
        maxConnections: Int = 1024,
        tls: TLSFiles? = nil
    ) {
        self.host = host
        self.port = port
        self.basePath = basePath
        self.idleTimeout = idleTimeout
        self.shutdownGrace = shutdownGrace
        self.maxConnections = maxConnections
        self.tls = tls
    }
}
