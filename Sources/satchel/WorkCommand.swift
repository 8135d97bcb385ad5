import ArgumentParser
import Gateway

/// `satchel work`: works off jobs beside the server.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Work off queued jobs beside the server, on the same machine, until SIGTERM or SIGINT.",
        discussion: """
            With jobs.inServer the server leaves kinds of jobs to such processes. There may be several; what one has begun
            that dies is begun again by another within a minute, or within three where it was storing something.

            Examples:
              satchel work --config satchel.yaml
              satchel work --config satchel.yaml --kinds transcode,render
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Option(help: ArgumentHelp("Only jobs of these kinds: names with commas between, or all.", valueName: "kinds"))
    var kinds: JobKindList = .all

    func validate() throws {
        guard !kinds.kinds.isEmpty else { throw ValidationError("--kinds none leaves nothing to do.") }
    }

    func run() async throws {
        let kinds = kinds.kinds
        try await withJobWorker(options) { worker in try await worker.run(kinds: kinds) }
    }
}

extension JobKindList: ExpressibleByArgument {
    /// Reads what is written behind an option.
    package init?(argument: String) {
        self.init(argument)
    }
}

/// Makes a worker as `serve` makes a server, and ends the program with the reason where that fails.
func withJobWorker<Value>(
    _ options: ConfigurationOptions,
    _ body: (JobWorker) async throws -> Value
) async throws -> Value {
    let configuration = try await options.load { source async throws(ConfigurationFaults) in
        try await source.loadGateway()
    }
    let logger = GatewayServer.makeLogger(level: configuration.logLevel, format: configuration.logFormat)
    do {
        return try await body(try await JobWorker(configuration: configuration, logger: logger))
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}
