import ArgumentParser
import Catalog
import Foundation
import Gateway
import Migration
import S3

/// What the commands of a migration have in common: the configured storage, the catalog, the journal, and what they end
/// with.
struct StorageSession {
    let settings: StorageSettings
    /// What `migration.source` names.
    let oldPlace: MigrationSourceConfiguration?
    let databasePath: String
    let journalPath: String
    /// The configured storage.
    let client: S3Client

    var target: MigrationTarget { MigrationTarget(client: client) }

    /// Reads the configuration and prepares a client for the storage; nothing else is opened.
    static func open(
        _ options: ConfigurationOptions,
        journal: String? = nil,
        connections: Int = 32
    ) async throws -> StorageSession {
        let settings = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadStorage().forConnections(connections)
        }
        let oldPlace = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadMigrationSource()
        }
        let databasePath = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadDatabasePath()
        }
        let beside = URL(fileURLWithPath: databasePath).deletingLastPathComponent()
            .appendingPathComponent("migration.sqlite").path
        return StorageSession(
            settings: settings,
            oldPlace: oldPlace,
            databasePath: databasePath,
            journalPath: journal ?? beside,
            client: try S3Client(configuration: settings.storage)
        )
    }

    /// Runs a command's work with a session, and ends the process with one line and its exit code where that fails.
    static func run(
        _ options: ConfigurationOptions,
        journal: String? = nil,
        connections: Int = 32,
        _ work: (StorageSession) async throws -> MigrationExit
    ) async throws {
        let session = try await open(options, journal: journal, connections: connections)
        let code: MigrationExit
        do {
            code = try await work(session)
        } catch {
            await session.client.shutdown()
            throw Self.exit(error)
        }
        await session.client.shutdown()
        guard code == .complete else { throw ExitCode(code.rawValue) }
    }

    /// Says why a command failed, and with what it ends.
    static func exit(_ error: any Error) -> ExitCode {
        switch error {
        case let code as ExitCode:
            return code
        case let error as MigrationError:
            Console.printError(TerminalCells.safe("satchel: \(error.message)"))
            Console.printError("  \(error.code.rawValue): \(error.code.advice)")
            return ExitCode(MigrationExit(error.code).rawValue)
        case is CancellationError:
            Console.printError("satchel: stopped; the same command goes on where it was")
            return ExitCode(MigrationExit.unfinished.rawValue)
        default:
            Console.printError("satchel: \(StorageFault(error))")
            return ExitCode(MigrationExit.failed.rawValue)
        }
    }

    /// Opens the catalog, which must have this release's schema.
    func openCatalog(exclusively: Bool = false) throws -> Catalog {
        let catalog = try Catalog.open(path: databasePath, exclusively: exclusively)
        try catalog.requireCurrentSchema()
        return catalog
    }

    /// The catalog, where there is one: bare objects are moved without.
    func openCatalogIfThere() throws -> Catalog? {
        guard FileManager.default.fileExists(atPath: databasePath) else { return nil }
        return try openCatalog()
    }

    /// How many attachments from the store wait for the scanner; nil where there is no catalog, or it cannot be asked now.
    func waitingScans(store: String) async -> Int64? {
        guard let catalog = try? openCatalogIfThere() else { return nil }
        return try? await catalog.waitingScans(store: store)
    }

    /// The journal, for looking at it.
    func readJournal() throws(MigrationError) -> MigrationJournal {
        try MigrationJournal.openForReading(path: journalPath)
    }

    /// The journal that there is, to be written to; throws `journal` where it is of another target.
    func openJournal() throws(MigrationError) -> MigrationJournal {
        let source = try readJournal().source
        return try MigrationJournal.open(path: journalPath, source: source, target: target.identity)
    }
}
