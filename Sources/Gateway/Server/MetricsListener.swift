import Hummingbird
import Logging
import NIOPosix

/// Where the metrics can be read.
package struct MetricsConfiguration: Sendable, Equatable {
    /// Whether they are served at all.
    package var isEnabled: Bool
    /// The address of a port of their own.
    package var host: String
    /// A port of their own, 0 for one that the system chooses; nil for the port that the clients use.
    package var port: Int?

    /// Makes a configuration with the documented defaults.
    package init(isEnabled: Bool = false, host: String = "127.0.0.1", port: Int? = nil) {
        self.isEnabled = isEnabled
        self.host = host
        self.port = port
    }
}

extension MetricsPage {
    /// A server for this page and nothing else; `onPort` hears which port it got.
    func application(
        host: String,
        port: Int,
        on loops: MultiThreadedEventLoopGroup,
        logger: Logger,
        onPort: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        let router = Router(context: BasicRequestContext.self)
        router.get("/metrics") { _, _ in await self.answer() }
        return Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: .maximum(64, logger: logger)
            ),
            onServerRunning: { channel in onPort(channel.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(loops),
            logger: logger
        )
    }
}
