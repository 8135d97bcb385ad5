import Catalog
import Foundation
import Gateway
import Migration
import Synchronization

/// One run of a migration from its inventory to its report, under signals and with a display.
struct MigrationWork: Sendable {
    let catalog: Catalog?
    let inventory: any MigrationInventory
    let store: any ObjectStore
    let target: MigrationTarget
    let journal: MigrationJournal
    let configuration: MigrationRunConfiguration
    /// New attachments are held back until a scanner has passed them.
    let holdsForScan: Bool
    let isJSON: Bool
    let reportPath: String?

    /// What is under way has so long to end after a signal to stop.
    private static let grace = Duration.seconds(30)

    /// Takes the inventory in, moves, and tells how it ended; throws what ended it before its end, after the report.
    func run() async throws -> MigrationExit {
        let device = isJSON ? TerminalDevice.standardOutput : .standardError
        let style = DisplayStyle.fitting(
            wantsJSON: isJSON,
            isTerminal: device.isTerminal,
            environment: ProcessInfo.processInfo.environment
        )
        let display = MigrationDisplay(style: style, device: device)
        // The display tells of failures; lines of a log would tear its block apart.
        let logger = CommandLog.logger(isQuiet: style != .plain)
        let run = MigrationRun(
            configuration: configuration,
            source: store,
            target: target,
            journal: journal,
            recorder: catalog.map { CatalogRecorder(catalog: $0, store: store.identity) },
            observer: display,
            logger: logger
        )
        let stopping = StopFlag()
        let signals = RunSignals(
            grace: Self.grace,
            exitCode: MigrationExit.unfinished.rawValue,
            stop: {
                display.say("stopping: what is under way has 30 s to end; a second signal ends at once")
                stopping.set()
                run.stop()
            },
            giveUp: { display.say("not waiting any longer") },
            pause: { run.pause() },
            resume: { run.resume() }
        )
        return try await signals.steering {
            var complaints = MigrationIntake.Report()
            do {
                try await display.showing {
                    if let silence = await target.silence() {
                        isJSON ? Console.printError(silence) : display.say("\(silence); waiting for it")
                    }
                    complaints = try await takeIn(display, stopping)
                    _ = try await run.run()
                }
            } catch {
                _ = try? await finish(complaints, failure: error)
                throw error
            }
            return try await finish(complaints, failure: nil)
        }
    }

    private func takeIn(_ display: MigrationDisplay, _ stopping: StopFlag) async throws -> MigrationIntake.Report {
        let intake = MigrationIntake(
            catalog: catalog,
            journal: journal,
            source: store,
            holdsForScan: holdsForScan
        )
        let report = try await intake.take(inventory) { _ in
            try stopping.check()
        }
        let counts = [
            (report.conversations, "conversations"), (report.messages, "messages"),
            (report.adopted, "new attachments"), (report.newObjects, "new files"),
            (report.complaintCount, "complaints"),
        ]
        let told = counts.filter { $0.0 > 0 }.map { "\(FigureText.count($0.0)) \($0.1)" }
        display.say("taken in: \(told.isEmpty ? "nothing new" : told.joined(separator: ", "))")
        return report
    }

    /// The report and the last lines, which come whether or not the report could be written.
    private func finish(_ intake: MigrationIntake.Report, failure: (any Error)?) async throws -> MigrationExit {
        let totals = try await journal.totals()
        let lacking = try await journal.arrivalRemarks()
        var intake = intake
        intake.remarkCount += lacking.count
        intake.remarks += lacking.first
        var code = MigrationExit(totals, complaintCount: intake.complaintCount)
        if let error = failure as? MigrationError { code = MigrationExit(error.code) }
        if failure is CancellationError { code = .unfinished }
        let outcome = code.sentence(totals)
        let words = try await journal.failureWords()
        // A database that cannot be asked now must not take the summary with it.
        let waitingScans = try? await catalog?.waitingScans(store: store.identity)
        let scanWords = waitingScans.flatMap(StorageLines.waitingScans)
        var lines = lines(intake, totals, words)
        if let scanWords { lines.append("scans                \(scanWords)") }
        if let reportPath {
            let fault = await StorageReport.write(
                of: journal,
                outcome: [outcome, scanWords].compactMap(\.self).joined(separator: " "),
                to: reportPath
            )
            code = code.despite(fault)
            if fault == nil { lines.append("report               \(TerminalCells.safe(reportPath))") }
        }
        lines.append(outcome)
        guard isJSON else {
            for line in lines { print(line) }
            return code
        }
        do {
            var summary = StorageSummary(totals, code: code, outcome: outcome, words: words, intake: intake)
            summary.waitingScans = waitingScans
            try Console.printJSON(summary)
        } catch {
            Console.printError("satchel: \(StorageFault(error))")
            for line in lines { Console.printError(line) }
            if code == .complete { code = .failed }
        }
        return code
    }

    private func lines(
        _ intake: MigrationIntake.Report,
        _ totals: MigrationTotals,
        _ words: [MigrationError.Code: String]
    ) -> [String] {
        var lines = (intake.complaints + intake.remarks).map(StorageLines.complaint)
        lines += StorageLines.summary(totals, words: words)
        if intake.complaintCount > 0 {
            lines.append("not usable           \(FigureText.count(intake.complaintCount)), above")
        }
        if intake.remarkCount > 0 {
            lines.append("remarks              \(FigureText.count(intake.remarkCount)), above: brought all the same")
        }
        return lines
    }
}

/// Set by a signal, looked at between batches of an inventory.
private final class StopFlag: Sendable {
    private let isSet = Atomic<Bool>(false)

    func set() {
        isSet.store(true, ordering: .relaxed)
    }

    /// Throws `CancellationError` where it is set.
    func check() throws {
        if isSet.load(ordering: .relaxed) { throw CancellationError() }
    }
}
