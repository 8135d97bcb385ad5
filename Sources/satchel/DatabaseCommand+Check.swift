import ArgumentParser
import Catalog
import Gateway

extension DatabaseCommand {
    /// `satchel db check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look whether the database is sound. Exit code 1 where it is not.",
            discussion: """
                It only reads, also while a server runs: SQLite's own check of the file, the references between tables, and what the
                catalog counts for itself. Then it tells how many rows each table has. On a large database it takes a while.
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("Another file than that of database.path, such as a backup.", valueName: "file"))
        var database: String?

        func run() async throws {
            let path: String
            if let database { path = database } else { path = try await options.databasePath() }
            let report = try reportingCatalogErrors { () throws(CatalogError) in try Catalog.check(path: path) }
            report.printTables()
            for name in report.schema.pending { print("pending  \(name)") }
            for name in report.schema.unknown { print("unknown  \(name)  (from a newer release)") }
            for fault in report.faults { print("fault    \(fault)") }
            guard report.faults.isEmpty else {
                Console.printError(
                    "satchel: \(path) is not sound. Stop the server, keep the file, and restore a backup."
                )
                throw ExitCode.failure
            }
            print("\(path) is sound: \(report.byteCount) bytes")
        }
    }
}

extension DatabaseReport {
    /// A line for each table.
    func printTables() {
        let width = tables.map(\.name.count).max() ?? 0
        for table in tables {
            print("\(table.name)\(String(repeating: " ", count: width - table.name.count))  \(table.rows)")
        }
    }
}

extension ConfigurationOptions {
    /// The database that the configuration names.
    func databasePath() async throws -> String {
        try await load { source async throws(ConfigurationFaults) in try await source.loadDatabasePath() }
    }
}

/// Ends the program with the reason where the catalog refuses.
func reportingCatalogErrors<Value>(_ body: () throws(CatalogError) -> Value) throws -> Value {
    do {
        return try body()
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}
