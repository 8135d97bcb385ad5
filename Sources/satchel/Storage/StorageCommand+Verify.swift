import ArgumentParser
import Catalog
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the storage for each file that arrived; with --deep read and hash it too.",
            discussion: """
                Works while the server and a run go on. Exit code 0: all is right and nothing is left to move; 2: something is
                wrong, or the inventory had what could not be used; 4: the storage does not answer; 5: it refuses; 6: what
                arrived is right, and some is still to move, or the inventory was not read to its end.

                Examples:
                  satchel storage verify
                  satchel storage verify --deep --workers 4
                  satchel storage verify --json | jq .faults
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions
        @OptionGroup var unusable: UnusableOptions

        @Flag(help: "Read every file back and compare its SHA-256 with that of the source.")
        var deep = false

        @Option(help: ArgumentHelp("How many files are looked at at the same time.", valueName: "count"))
        var workers: Int = 8

        @Flag(help: "Write what was found as a line of JSON.")
        var json = false

        func validate() throws {
            guard (1...256).contains(workers) else {
                throw ValidationError("--workers must be a number from 1 to 256.")
            }
        }

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal, connections: workers + 8) { session in
                // For reading: a run may go on, and writes to it.
                let report = try await Self.verify(
                    session,
                    try session.readJournal(),
                    catalog: try session.openCatalogIfThere(),
                    isDeep: deep,
                    workers: workers
                )
                if json {
                    try Console.printJSON(report)
                } else {
                    Self.show(report)
                }
                return MigrationExit(report, leavesUnusable: unusable.leaveUnusable)
            }
        }

        /// Looks at everything that is said to have arrived; a signal ends it.
        static func verify(
            _ session: StorageSession,
            _ journal: MigrationJournal,
            catalog: Catalog?,
            isDeep: Bool,
            workers: Int
        ) async throws -> MigrationVerification.Report {
            let verification = MigrationVerification(
                journal: journal,
                target: session.target,
                catalog: catalog,
                isDeep: isDeep,
                workers: workers,
                logger: CommandLog.logger()
            )
            return try await Interruption.cancelling { try await verification.run() }
        }

        static func show(_ report: MigrationVerification.Report) {
            for fault in report.faults {
                print(
                    TerminalCells.safe(
                        "\(fault.code.rawValue)  \(fault.location) -> \(fault.targetKey): \(fault.message)"
                    )
                )
            }
            let more = report.faultCount - Int64(report.faults.count)
            if more > 0 { print("and \(FigureText.count(more)) more") }
            print(StorageLines.line("looked at", report.checked))
            if report.unwanted.objects > 0 { print(StorageLines.line("deleted since", report.unwanted)) }
            print(StorageLines.line("still to move", report.remaining))
            print("wrong                \(FigureText.count(report.faultCount))")
            if report.unusable > 0 { print("not usable           \(UnusableOptions.sentence(report.unusable))") }
            if report.isInventoryUnread { print("not known            \(UnusableOptions.unread)") }
        }
    }
}
