import ArgumentParser
import Gateway

/// `satchel check`: looks at everything that the gateway needs.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at configuration, database, spool, bucket, public URLs, clock and media worker.",
        discussion: """
            One line each: ok, or FAIL and what to do. The exit code is 1 where anything failed.
            The bucket is tried with one small object under .satchel-check/, which is removed again.

            Example:
              satchel check --config satchel.yaml
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadGateway()
        }
        print("ok    configuration   all settings are good")
        let lines = await Checkup(configuration: configuration).run()
        for line in lines { print(line) }
        guard lines.allSatisfy(\.isGood) else { throw ExitCode.failure }
    }
}
