import ArgumentParser
import CProcess
import Gateway

/// `satchel serve`: runs the gateway until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway until SIGTERM or SIGINT.",
        discussion: """
            At a stop, new connections are refused and running uploads may end within server.shutdownGraceSeconds.

            Examples:
              satchel serve --config satchel.yaml
              satchel serve --config satchel.yaml --migrate --set server.port=9000
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Bring the database's schema up to this release before serving.")
    var migrate = false

    func run() async throws {
        // With an arena for each thread, glibc keeps freed buffers many times over: two save a tenth of the peak
        // memory of many uploads at once, at no cost in time that could be measured.
        satchel_tune_malloc(2)
        let configuration = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadGateway()
        }
        let logger = GatewayServer.makeLogger(level: configuration.logLevel)
        do {
            let server = try await GatewayServer(configuration: configuration, logger: logger, migrates: migrate)
            try await server.run(handlesSignals: true)
        } catch {
            Console.printError("satchel: \(error)")
            throw ExitCode.failure
        }
    }
}
