import ArgumentParser
import Catalog
import Foundation
import Gateway

/// `satchel key`: the API keys of programs.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list and revoke API keys for the app's back end and for operators' programs.",
        discussion: """
            A key is sent as a bearer token: Authorization: Bearer satchel_… All of this works while the server runs; a
            key is good, and a revoked one refused, from the next request on.

            Examples:
              satchel key create backend --scope service >/run/secrets/satchel-key
              satchel key create dashboard --scope read --expires-in 90d
              satchel key list
              satchel key revoke dashboard
            """,
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// `satchel key create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print it: this once, for only its hash is stored."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: "What to call it: letters, digits, and . _ -")
        var name: String

        @Option(
            help: ArgumentHelp(
                "What it allows: service (all that the app's back end may) or read (activity, usage, jobs). Repeatable.",
                valueName: "scope"
            )
        )
        var scope: [AccessScope]

        @Option(
            help: ArgumentHelp("How long it is good for: 90d, 12h, 30m, or seconds; else for ever.", valueName: "time")
        )
        var expiresIn: Lifetime?

        func run() async throws {
            let key: NewAPIKey
            do {
                key = try NewAPIKey(name: name, scopes: Set(scope), lifetime: expiresIn?.duration)
            } catch {
                throw ValidationError(error.description)
            }
            try await withKeys(options) { catalog throws(CatalogError) in
                do throws(CatalogError) {
                    try await catalog.insertAPIKey(key.stored)
                } catch {
                    guard error.code == .constraint else { throw error }
                    let reason = "there is a key called \(key.stored.name); revoke it, or take another name"
                    throw CatalogError(code: .constraint, message: reason)
                }
            }
            print(key.text.revealed)
            Console.printError("Made the key \(key.stored.name) (\(key.stored.id)). It is not shown again.")
        }
    }

    /// `satchel key list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys, oldest first: id, state, name, scopes, and when they were made, used, and end."
        )

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Also those that were revoked.")
        var all = false

        @Flag(help: "Write one JSON object a line.")
        var json = false

        func run() async throws {
            let keys = try await withKeys(options) { catalog throws(CatalogError) in try await catalog.apiKeys() }
            let now = Date()
            for key in keys where all || key.revokedAt == nil {
                let line = KeyLine(key, at: now)
                if json { try Console.printJSON(line) } else { print(line.text) }
            }
        }
    }

    /// `satchel key revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse a key from now on. There is no way back: make a new one."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The key's id or its name.", valueName: "id-or-name"))
        var key: String

        func run() async throws {
            let wanted = key
            let revoked = try await withKeys(options) { catalog throws(CatalogError) in
                try await catalog.revokeAPIKey(wanted)
            }
            guard let revoked else {
                Console.printError("satchel: there is no key \"\(wanted)\" that is not revoked; see: satchel key list")
                throw ExitCode.failure
            }
            print("revoked: \(revoked.id) \(revoked.name)")
        }
    }
}

extension AccessScope: ExpressibleByArgument {}

/// A time that something lasts, as people write it.
struct Lifetime: ExpressibleByArgument {
    let duration: Duration

    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    /// A hundred years.
    private static let longest = 36_500 * 86_400

    init?(argument: String) {
        let unit = argument.last.flatMap { Self.units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard digits.allSatisfy(\.isASCII), let number = Int(digits), number > 0 else { return nil }
        let (seconds, isTooLong) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !isTooLong, seconds <= Self.longest else { return nil }
        duration = .seconds(seconds)
    }
}

/// Opens the database that the configuration names beside a server that may run, and ends the program with the reason
/// where that fails.
private func withKeys<Value>(
    _ options: ConfigurationOptions,
    _ body: (Catalog) async throws(CatalogError) -> Value
) async throws -> Value {
    let path = try await options.load { source async throws(ConfigurationFaults) in
        try await source.loadDatabasePath()
    }
    do {
        try requireDatabase(at: path)
        let catalog = try Catalog.open(path: path)
        try catalog.requireCurrentSchema()
        let value = try await body(catalog)
        try catalog.close()
        return value
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}
