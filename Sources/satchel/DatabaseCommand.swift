import ArgumentParser
import Catalog
import Foundation
import Gateway

/// `satchel db`: the database.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look after the database: its schema, its soundness, backups.",
        discussion: """
            Examples:
              satchel db status --config satchel.yaml
              satchel db migrate --set database.path=data/satchel.sqlite
              satchel db rollback --steps 1 --yes
              satchel db check
              satchel db backup --to /var/backups/satchel --keep 14
              satchel db restore /var/backups/satchel/satchel-20261128T201500Z.sqlite --to data/restored.sqlite
            """,
        subcommands: [Migrate.self, Rollback.self, Status.self, Check.self, Backup.self, Restore.self]
    )

    /// `satchel db migrate`.
    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring the schema up to this release. Makes the database where there is none.",
            discussion: "Refuses a database that a server has in use: stop it first."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let names = try await withCatalog(options, exclusively: true, makesFile: true) {
                catalog throws(CatalogError) in
                try catalog.migrate()
            }
            for name in names { print("migrated: \(name)") }
            if names.isEmpty { print("The schema is that of this release already.") }
        }
    }

    /// `satchel db rollback`.
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the latest steps of the schema back. The data that they brought in is lost; back up first."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("How many steps.", valueName: "count"))
        var steps: Int = 1

        @Flag(help: "Really do it.")
        var yes = false

        func validate() throws {
            guard steps > 0 else { throw ValidationError("--steps must be a positive number.") }
            guard yes else {
                throw ValidationError("A rollback loses data. Stop the server, back up the database, then add --yes.")
            }
        }

        func run() async throws {
            let (steps, options) = (steps, options)
            let names = try await withCatalog(options, exclusively: true) { catalog throws(CatalogError) in
                try catalog.rollback(steps: steps)
            }
            for name in names { print("taken back: \(name)") }
            if names.isEmpty { print("There is no step to take back.") }
        }
    }

    /// `satchel db status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which steps of the schema the database has. Exit code 1 where it is not this release's."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let status = try await withCatalog(options) { catalog throws(CatalogError) in try catalog.schemaStatus() }
            for name in status.applied { print("applied  \(name)") }
            for name in status.pending { print("pending  \(name)") }
            for name in status.unknown { print("unknown  \(name)  (from a newer release)") }
            guard status.isCurrent else { throw ExitCode.failure }
        }
    }
}

/// Opens the database that the configuration names, and ends the program with the reason where that fails.
///
/// One that is not there is made only where that is wanted: a mistyped path would else look like an empty database.
func withCatalog<Value>(
    _ options: ConfigurationOptions,
    exclusively: Bool = false,
    makesFile: Bool = false,
    _ body: (Catalog) throws(CatalogError) -> Value
) async throws -> Value {
    let path = try await options.load { source async throws(ConfigurationFaults) in
        try await source.loadDatabasePath()
    }
    do {
        if !makesFile { try requireDatabase(at: path) }
        let catalog = try Catalog.open(path: path, exclusively: exclusively)
        let value = try body(catalog)
        try catalog.close()
        return value
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}

/// Throws `cannotOpen` where there is no file, which to open would make.
func requireDatabase(at path: String) throws(CatalogError) {
    guard FileManager.default.fileExists(atPath: path) else {
        throw CatalogError(code: .cannotOpen, message: "\(path) does not exist; see: satchel db migrate")
    }
}
