import ArgumentParser
import Gateway

/// `satchel maintenance`: has a server refuse writes and serve reads.
struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Have the server answer 503 to everything that would change something, and serve reads.",
        discussion: """
            A running server notices within a second; one that is started later begins so. Uploads and jobs that are under
            way go on to their end.

            Examples:
              satchel maintenance on --config satchel.yaml
              satchel maintenance status --config satchel.yaml
              satchel maintenance off --config satchel.yaml
            """,
        subcommands: [On.self, Off.self, Status.self]
    )

    /// `satchel maintenance on`.
    struct On: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begin maintenance; it lasts over restarts.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await withSwitch(options) { maintenance throws(MaintenanceSwitch.Failure) in try maintenance.turnOn() }
            print("Maintenance: writes are refused within a second.")
        }
    }

    /// `satchel maintenance off`.
    struct Off: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End maintenance.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await withSwitch(options) { maintenance throws(MaintenanceSwitch.Failure) in try maintenance.turnOff() }
            print("Maintenance is over: writes are taken within a second.")
        }
    }

    /// `satchel maintenance status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show whether there is maintenance. Exit code 1 where there is."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let isOn = try await withSwitch(options) { maintenance throws(MaintenanceSwitch.Failure) in maintenance.isOn
            }
            print(isOn ? "on" : "off")
            if isOn { throw ExitCode.failure }
        }
    }
}

/// Ends the program with the reason where the switch cannot be turned.
private func withSwitch<Value>(
    _ options: ConfigurationOptions,
    _ body: (MaintenanceSwitch) throws(MaintenanceSwitch.Failure) -> Value
) async throws -> Value {
    let path = try await options.load { source async throws(ConfigurationFaults) in
        try await source.loadDatabasePath()
    }
    do throws(MaintenanceSwitch.Failure) {
        return try body(MaintenanceSwitch(databasePath: path))
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}
