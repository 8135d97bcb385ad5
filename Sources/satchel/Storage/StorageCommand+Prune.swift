import ArgumentParser
import Foundation
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage prune`.
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Delete at the source what has arrived, is proved and recorded, and old enough. There is no way back.",
            discussion: """
                Each file is looked at in the storage once more before it is deleted at the source. What failed, or is not
                recorded, is left alone. While the inventory was not read to its end the last time, nothing is deleted. On a
                terminal it asks; elsewhere it wants --yes. Where some of what is old enough is left, it says why, and ends with 2.

                Examples:
                  satchel storage prune --min-age 30d --plan
                  satchel storage prune --min-age 30d
                  satchel storage prune --min-age 90d --yes
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions
        @OptionGroup var bucket: BucketAccessOptions
        @OptionGroup var unusable: UnusableOptions

        @Option(
            help: ArgumentHelp(
                "How long ago a file must have arrived at least: 30d, 12h, 30m, or seconds.",
                valueName: "time"
            )
        )
        var minAge: Lifetime

        @Flag(help: "Count what would be deleted, and delete nothing.")
        var plan = false

        @Flag(help: "Delete without asking.")
        var yes = false

        @Flag(help: "Write what was done as a line of JSON.")
        var json = false

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal) { session in
                let journal = plan ? try session.readJournal() : try session.openJournal()
                let access = bucket.access(environment: ProcessInfo.processInfo.environment)
                let source = try await session.openSource(journal.source, access: access)
                do {
                    let code = try await prune(journal, source.store, session)
                    await source.close()
                    return code
                } catch {
                    await source.close()
                    throw error
                }
            }
        }

        private func prune(
            _ journal: MigrationJournal,
            _ source: any ObjectStore,
            _ session: StorageSession
        ) async throws -> MigrationExit {
            let prune = MigrationPrune(
                journal: journal,
                source: source,
                target: session.target,
                catalog: try session.openCatalogIfThere(),
                minAge: minAge.duration,
                leavesUnusable: unusable.leaveUnusable,
                logger: CommandLog.logger()
            )
            let candidates = try await prune.candidates()
            if plan {
                if json {
                    try Console.printJSON(candidates)
                } else {
                    print(StorageLines.line("would be deleted", candidates))
                }
                return .complete
            }
            guard candidates.objects > 0 else {
                if json { try Console.printJSON(MigrationPrune.Report()) } else { print("Nothing is old enough.") }
                return .complete
            }
            guard yes || Confirmation.isGiven(candidates, source: journal.source) else {
                Console.printError("satchel: nothing was deleted")
                return .failed
            }
            let report = try await Interruption.cancelling { [json] in
                try await prune.run { report in
                    do {
                        try Self.show(report, asJSON: json)
                    } catch {
                        Console.printError("satchel: \(StorageFault(error))")
                    }
                }
            }
            try Self.show(report, asJSON: json)
            return report.refused.isEmpty ? .complete : .incomplete
        }

        private static func show(_ report: MigrationPrune.Report, asJSON isJSON: Bool) throws {
            guard !isJSON else { return try Console.printJSON(report) }
            print(StorageLines.line("deleted", report.pruned))
            for (reason, count) in report.refused.sorted(by: { $0.key < $1.key }) {
                print(TerminalCells.safe("left: \(FigureText.count(count))  \(reason)"))
            }
        }
    }

    /// What a person types before something is deleted for good.
    enum Confirmation {
        /// Asks on a terminal for the number of files; elsewhere nobody can be asked, and it is not given.
        static func isGiven(_ candidates: MigrationTotals.Amount, source: String) -> Bool {
            guard TerminalDevice.standardInput.isTerminal, TerminalDevice.standardError.isTerminal else {
                Console.printError("satchel: a prune deletes for good; without a terminal to ask on, add --yes")
                return false
            }
            let files = FigureText.count(candidates.objects)
            Console.printError("\(files) files (\(FigureText.bytes(candidates.bytes))) will be deleted for good in")
            Console.printError("  \(TerminalCells.safe(source))")
            Console.printError("Is there a backup? Type the number of files to go on:")
            let typed = readLine()?.trimmingCharacters(in: .whitespaces) ?? ""
            return typed == files || typed == "\(candidates.objects)"
        }
    }
}
