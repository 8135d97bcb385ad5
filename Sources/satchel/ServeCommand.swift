import ArgumentParser
import Attachments
import Gateway

/// `satchel serve`: runs the gateway until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway until SIGTERM or SIGINT.",
        discussion: """
            At a stop, new connections are refused and running uploads may end within server.shutdownGraceSeconds.
            At SIGHUP the configuration is read anew: log level, limits, keys and certificates are taken at once.

            Examples:
              satchel serve --config satchel.yaml
              satchel serve --config satchel.yaml --migrate --set server.port=9000
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Bring the database's schema up to this release before serving.")
    var migrate = false

    func run() async throws {
        let configuration = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadGateway()
        }
        let logLevel = LiveValue(configuration.logLevel)
        let logger = GatewayServer.makeLogger(level: logLevel, format: configuration.logFormat)
        do {
            let server = try await GatewayServer(
                configuration: configuration,
                logger: logger,
                logLevel: logLevel,
                migrates: migrate,
                source: options.gatewaySource
            )
            try await server.run(handlesSignals: true)
        } catch {
            Console.printError("satchel: \(error)")
            throw ExitCode.failure
        }
    }
}
