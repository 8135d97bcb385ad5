import ArgumentParser
import Catalog
import Foundation
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage rollback`.
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve what was moved from its old place again, as long as the source stands.",
            discussion: """
                Each file is read there, and returned where it has the SHA-256 that it had when it arrived; one that changed
                since is told of and left. Nothing is copied and nothing deleted; a later run of `migrate` copies nothing twice.
                The server needs migration.source.…, and a restart. Exit code 2: some files stay in the storage.

                Examples:
                  satchel storage rollback --yes
                  satchel storage rollback --yes --workers 16 --max-rate 50M
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions
        @OptionGroup var bucket: BucketAccessOptions

        @Flag(help: "Really do it.")
        var yes = false

        @Option(help: ArgumentHelp("How many files are read at the same time.", valueName: "count"))
        var workers: Int = 8

        @Option(help: ArgumentHelp("Read at most so many bytes a second, such as 20M.", valueName: "rate"))
        var maxRate: String?

        func validate() throws {
            guard (1...256).contains(workers) else {
                throw ValidationError("--workers must be a number from 1 to 256.")
            }
            _ = try reportingArguments { () throws(MigrationError) in try maxBytesPerSecond() }
            guard yes else {
                throw ValidationError(
                    "A rollback has the server depend on the source again. Add --yes to really do it."
                )
            }
        }

        private func maxBytesPerSecond() throws(MigrationError) -> Int64? {
            guard let maxRate else { return nil }
            return try ByteRate(parsing: maxRate).bytesPerSecond
        }

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal, connections: workers + 8) { session in
                let catalog = try session.openCatalog()
                let journal = try session.openJournal()
                let access = bucket.access(environment: ProcessInfo.processInfo.environment)
                let source = try await session.openSource(journal.source, access: access)
                let report: MigrationRollback.Report
                do {
                    let rollback = MigrationRollback(
                        catalog: catalog,
                        source: source.store,
                        journal: journal,
                        workers: workers,
                        maxBytesPerSecond: try maxBytesPerSecond()
                    )
                    let lines = TimedLines()
                    report = try await Interruption.cancelling {
                        try await rollback.run { done in
                            lines.say { "\(FigureText.count(done.returned + done.kept)) files looked at" }
                        }
                    }
                } catch {
                    await source.close()
                    throw error
                }
                await source.close()
                print(
                    "\(FigureText.count(report.returned)) files are served from \(TerminalCells.safe(journal.source)) again."
                )
                print("The server must have migration.source.… set for it; restart it if it has not.")
                if report.unproved > 0 {
                    let count = FigureText.count(report.unproved)
                    print("\(count) of them are renditions of which no digest is known: they have the length of then.")
                }
                guard report.kept > 0 else { return .complete }
                print(
                    "\(FigureText.count(report.kept)) files stay in the storage: the old place has them no more as they were."
                )
                for (count, words) in [
                    (report.changed, "have other bytes there than those that arrived"),
                    (report.unreadable, "are there and cannot be read"),
                ] where count > 0 {
                    print("\(FigureText.count(count)) of them \(words).")
                }
                for location in report.examples { print("  \(TerminalCells.safe(location))") }
                return .incomplete
            }
        }
    }
}
