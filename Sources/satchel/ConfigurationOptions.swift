import ArgumentParser
import Foundation
import Gateway
import Migration

/// Where the settings come from; the same for every command.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The YAML file with the settings; else the one that SATCHEL_CONFIG names.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        name: .customLong("set"),
        parsing: .singleValue,
        help: ArgumentHelp("One setting, stronger than environment and file; may be repeated.", valueName: "key=value")
    )
    var overrides: [String] = []

    /// Reads what `load` wants from the sources, or ends the program with all faults.
    ///
    /// With that the process holds secrets, and is made one that handles them.
    func load<Value>(
        _ load: (ConfigurationSource) async throws(ConfigurationFaults) -> Value
    ) async throws -> Value {
        try prepareProcess()
        do {
            return try await load(await Self.source(config, overrides))
        } catch {
            Console.printError("The configuration cannot be used:")
            for fault in error.faults { Console.printError("  \(fault)") }
            throw ExitCode.failure
        }
    }

    /// Reads the gateway's configuration, each time anew.
    var gatewaySource: Reload.Source {
        let (config, overrides) = (config, overrides)
        return { try await Self.source(config, overrides).loadGateway() }
    }

    private static func source(_ config: String?, _ overrides: [String]) async -> ConfigurationSource {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["SATCHEL_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        return await ConfigurationSource(file: config ?? named, overrides: overrides, environment: environment)
    }
}

/// Writing to the terminal.
enum Console {
    /// Writes a line to the standard error; where that cannot be written, the line is lost, and nothing else.
    static func printError(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
    }

    /// Writes a warning to the standard error: what the command has done holds all the same.
    static func warn(_ line: String) {
        printError("satchel: warning: \(TerminalCells.safe(line))")
    }
}
