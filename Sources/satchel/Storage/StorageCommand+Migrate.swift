import ArgumentParser
import Attachments
import CProcess
import Catalog
import Foundation
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage migrate`.
    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Bring files in, with their conversations and messages where there are any; resumable, never deletes.",
            discussion: """
                The catalog knows the attachments first, then their bytes move. The same command, given again, goes on where
                it was, and takes in what is new at the source. With --plan nothing is written anywhere.

                SIGINT and SIGTERM: nothing new is begun, what is under way has 30 s to end; a second one ends at once. Both
                can be gone on from. SIGUSR1 pauses, SIGUSR2 resumes. --help-names lists what --map knows.

                Examples:
                  satchel storage migrate --django-db db.sqlite3 --media-root media --plan
                  satchel storage migrate --django-db db.sqlite3 --media-root media --report report.html
                  satchel storage migrate --print-queries postgresql >export.sql
                  satchel storage migrate --django-export export/ --media-root s3://old-media/chat
                  satchel storage migrate --from s3://old/media --manifest files.jsonl --from-endpoint https://s3.example.com
                  satchel storage migrate --from /srv/files --manifest files.jsonl --workers 16 --max-rate 20M
                  satchel storage migrate --from /backup/bucket --manifest /backup/bucket/manifest.jsonl
                  satchel storage migrate --from s3://other --satchel-db other.sqlite --from-endpoint https://s3.example.com
                  satchel storage migrate --from-catalog --between 01:00-05:00 --verify reread
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup(title: "Source") var source: StorageSourceOptions
        @OptionGroup(title: "How it moves") var pace: StorageRunOptions
        @OptionGroup var journal: JournalOptions

        @Flag(help: "Count and judge: sizes, kinds, conflicts, missing and unreadable files, time. Writes nothing.")
        var plan = false

        @Option(
            help: ArgumentHelp(
                "Print how to export the old database there, and do nothing else: postgresql or mysql.",
                valueName: "server"
            )
        )
        var printQueries: DjangoExport.Dialect?

        @Flag(help: "List the names that --map takes, and do nothing else.")
        var helpNames = false

        @Option(help: ArgumentHelp("Write a report with charts, one HTML file, when the run ends.", valueName: "file"))
        var report: String?

        @Flag(
            help: ArgumentHelp(
                "With --from-catalog: all objects of the catalog are in migration.source. For a catalog that never noted its "
                    + "storage; wants the server stopped."
            )
        )
        var placeAll = false

        @Flag(help: "Write lines of JSON to the standard output.")
        var json = false

        func validate() throws {
            guard printQueries == nil, !helpNames else {
                _ = try reportingArguments { () throws(MigrationError) in try source.schema() }
                return
            }
            _ = try reportingArguments { () throws(MigrationError) in try source.check() }
            guard !placeAll || source.fromCatalog && !plan else {
                throw ValidationError("--place-all goes with --from-catalog, and not with --plan.")
            }
            guard let report else { return }
            guard !plan else { throw ValidationError("--report is written by a run, not by --plan.") }
            let folder = URL(fileURLWithPath: report).deletingLastPathComponent().path
            guard report.hasSuffix(".html"), FileManager.default.isWritableFile(atPath: folder) else {
                throw ValidationError("--report must be a file FILE.html in a folder that can be written to.")
            }
        }

        func run() async throws {
            if helpNames { return print(DjangoSchema.names) }
            if let printQueries {
                return print(
                    DjangoExport.queries(printQueries, schema: try source.schema(), usesNames: source.userNames)
                )
            }
            // As in `serve`: fewer arenas, less memory for the same buffers.
            satchel_tune_malloc(2)
            let connections = min(256, pace.workers * 3 + 8)
            try await StorageSession.run(options, journal: journal.journal, connections: connections) { session in
                let scan = try await migratedScan()
                let choice = try source.check()
                try session.refuseOwnCatalog(choice)
                let opened = try await open(choice, session)
                do {
                    let code =
                        try await plan
                        ? show(choice, opened.store, session, scan) : move(choice, opened.store, session, scan)
                    await opened.close()
                    return code
                } catch {
                    await opened.close()
                    throw error
                }
            }
        }

        /// How what is brought is scanned; nil where it is not.
        private func migratedScan() async throws -> ScanRules? {
            try await options.load { source async throws(ConfigurationFaults) in
                try await source.loadMigratedScan()
            }
        }

        private func open(
            _ choice: SourceChoice,
            _ session: StorageSession
        ) async throws -> OpenedStore {
            let access = source.bucket.access(environment: ProcessInfo.processInfo.environment)
            guard let place = choice.place else {
                return try await session.openOldPlace()
            }
            return try await OpenedStore.open(place, access: access, target: session.settings.storage)
        }

        /// Bare objects that nobody owns need no catalog.
        private func openCatalog(_ choice: SourceChoice, _ session: StorageSession) throws -> Catalog? {
            if case .files(_, nil) = choice, source.message == nil { return nil }
            if case .files(_, let manifest?) = choice, try !Manifest.speaksOfMessages(path: manifest) { return nil }
            return try session.openCatalog()
        }

        private func show(
            _ choice: SourceChoice,
            _ store: any ObjectStore,
            _ session: StorageSession,
            _ scan: ScanRules?
        ) async throws -> MigrationExit {
            // A plan makes no database: without one nothing is known yet.
            let isThere = FileManager.default.fileExists(atPath: session.databasePath)
            let catalog = choice == .catalog || isThere ? try openCatalog(choice, session) : nil
            // One file with a fault that may pass is counted, and does not end it all.
            let store: any ObjectStore = (store as? DirectoryStore)?.forgivingFaults() ?? store
            let inventory = try source.inventory(choice, store: store, catalog: catalog)
            if let silence = await session.target.silence() { Console.printError("\(silence); waiting for it") }
            var planOptions = PlanOptions()
            planOptions.workers = pace.workers
            if let scan, scan.largerFiles == .refuse { planOptions.maxScannedByteCount = scan.maxBytes }
            planOptions.maxBytesPerSecond = try pace.configuration().maxBytesPerSecond
            let lines = TimedLines()
            planOptions.progress = { stage, count in
                lines.say { "\(FigureText.count(count)) files \(stage.words)" }
            }
            let made = try await Interruption.cancelling { [planOptions] in
                try await MigrationPlan.make(
                    of: inventory,
                    source: store,
                    target: BucketStore(client: session.client),
                    known: catalog.map { catalog in { ids in try await catalog.knownAttachments(ids) } },
                    arrived: catalog.map { ArrivedFiles(catalog: $0, store: store.identity) },
                    options: planOptions
                )
            }
            if json { try Console.printJSON(made) } else { print(made.text) }
            if made.isEmpty, !inventory.mayBeEmpty {
                let place = TerminalCells.safe(store.identity)
                Console.printError("There is nothing to move in \(place): is the path, or the prefix, the right one?")
                return .sourceUnusable
            }
            return made.isWithoutFault ? .complete : .incomplete
        }

        private func move(
            _ choice: SourceChoice,
            _ store: any ObjectStore,
            _ session: StorageSession,
            _ scan: ScanRules?
        ) async throws -> MigrationExit {
            if placeAll { try await session.placeAll(in: store.identity) }
            let catalog = try openCatalog(choice, session)
            if choice == .catalog, let catalog { try await session.requirePlaces(catalog, in: store.identity) }
            let work = MigrationWork(
                catalog: catalog,
                inventory: try source.inventory(choice, store: store, catalog: catalog),
                store: store,
                target: session.target,
                journal: try MigrationJournal.open(
                    path: session.journalPath,
                    source: store.identity,
                    target: session.target.identity
                ),
                configuration: try pace.configuration(session.settings),
                holdsForScan: scan != nil,
                isJSON: json,
                reportPath: report
            )
            return try await work.run()
        }
    }
}

extension DjangoExport.Dialect: ExpressibleByArgument {}
