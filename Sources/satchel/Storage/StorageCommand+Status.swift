import ArgumentParser
import Migration

extension StorageCommand {
    /// `satchel storage status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how far a migration is, also while it runs.",
            discussion: """
                The exit code is 0 where everything arrived, 2 where files failed or records could not be used, 6
                where some are still to move.

                Examples:
                  satchel storage status
                  satchel storage status --failures
                  satchel storage status --failures --json | jq -r .location
                  satchel storage status --report report.html
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions

        @Flag(
            help:
                "List every file that failed, is missing or in conflict, and the records that could not be used, and why."
        )
        var failures = false

        @Option(help: ArgumentHelp("Write the report on the migration, one HTML file.", valueName: "file"))
        var report: String?

        @Flag(help: "Write lines of JSON.")
        var json = false

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal) { session in
                let journal = try session.readJournal()
                let totals = try await journal.totals()
                let complaints = try await journal.complaints()
                var code = MigrationExit(totals, complaintCount: complaints.count)
                let waitingScans = await session.waitingScans(store: journal.source)
                let scanWords = waitingScans.flatMap(StorageLines.waitingScans)
                let outcome = [code.sentence(totals), scanWords].compactMap(\.self).joined(separator: " ")
                if failures { try await list(journal) }
                if json {
                    var summary = StorageSummary(
                        totals,
                        code: code,
                        words: try await journal.failureWords(),
                        intake: MigrationIntake.Report(complaints)
                    )
                    summary.waitingScans = waitingScans
                    try Console.printJSON(summary)
                } else if failures {
                    Self.list(complaints)
                } else {
                    try await show(journal, totals, complaints, scanWords)
                }
                if let report {
                    code = code.despite(await StorageReport.write(of: journal, outcome: outcome, to: report))
                }
                return code
            }
        }

        private func show(
            _ journal: MigrationJournal,
            _ totals: MigrationTotals,
            _ complaints: NotedComplaints,
            _ scanWords: String?
        ) async throws {
            print("from                 \(TerminalCells.safe(journal.source))")
            print("to                   \(TerminalCells.safe(journal.target))")
            for line in StorageLines.summary(totals, words: try await journal.failureWords()) { print(line) }
            if let scanWords { print("scans                \(scanWords)") }
            if complaints.count > 0 {
                let time = complaints.notedAt.map { FigureText.time($0) } ?? "-"
                print(
                    "not usable           \(FigureText.count(complaints.count)) by the inventory of \(time); --failures lists them"
                )
            }
            if complaints.remarkCount > 0 {
                let count = FigureText.count(complaints.remarkCount)
                print("remarks              \(count): brought all the same; --failures lists them")
            }
            if complaints.isReadingOpen { print("not known            \(UnusableOptions.unread)") }
            let proofs = try await journal.proofs()
            for proof in MigrationProof.allCases {
                if let amount = proofs[proof] { print(StorageLines.line(proof.rawValue, amount)) }
            }
            for record in try await journal.runs() {
                let end = record.endedAt.map { FigureText.time($0) } ?? "-"
                let outcome = record.outcome?.rawValue ?? (record.endedAt == nil ? "under way, or killed" : "")
                let moved = StorageLines.amount(record.moved)
                print("run                  \(FigureText.time(record.beganAt)) to \(end)  \(moved)  \(outcome)")
            }
        }

        private static func list(_ complaints: NotedComplaints) {
            for complaint in complaints.first + complaints.remarks { print(StorageLines.complaint(complaint)) }
            let more =
                complaints.count + complaints.remarkCount - Int64(complaints.first.count + complaints.remarks.count)
            if more > 0 { print("and \(FigureText.count(more)) more that the inventory complained of") }
        }

        private func list(_ journal: MigrationJournal) async throws {
            var last: Int64 = 0
            while true {
                let rows = try await journal.failures(after: last)
                guard let end = rows.last?.id else { return }
                last = end
                for row in rows {
                    if json {
                        try Console.printJSON(MigrationReport.Failure(row))
                    } else {
                        print(StorageLines.failure(row))
                    }
                }
            }
        }
    }

    /// `satchel storage retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the next run try again what failed, is missing or in conflict.",
            discussion: """
                Failures that may pass by themselves are tried again anyway. After this, give the same `migrate` command again.
                With --keep-arrived, attachments whose files were overwritten at the source after they had arrived
                (source_changed) stay as they arrived, and are not told of again unless the file changes once more.

                Examples:
                  satchel storage retry
                  satchel storage retry --keep-arrived
                  satchel storage retry --code source_missing --code source_unreadable
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions

        @Option(
            parsing: .singleValue,
            help: ArgumentHelp("Only failures of this code; may be repeated.", valueName: "code")
        )
        var code: [MigrationError.Code] = []

        @Flag(help: "Leave attachments at what arrived of them, though the source has other bytes by now.")
        var keepArrived = false

        func validate() throws {
            guard code.isEmpty || !keepArrived else {
                throw ValidationError("--keep-arrived is for what changed at the source, and goes without --code.")
            }
        }

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal) { session in
                if keepArrived {
                    let kept = try await session.openJournal().keepArrived()
                    print("\(FigureText.count(Int64(kept))) files stay as they arrived; the next run notes it.")
                    return .complete
                }
                let count = try await session.openJournal().retry(code.isEmpty ? nil : Set(code))
                print("\(FigureText.count(Int64(count))) files are tried again by the next run.")
                return .complete
            }
        }
    }
}

extension MigrationError.Code: ExpressibleByArgument {}
