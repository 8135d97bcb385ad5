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
        let report = try await MigrationIntake(catalog: catalog, journal: journal, source: store)
            .take(inventory) { _ in
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

    /// The last lines and the report.
    private func finish(_ intake: MigrationIntake.Report, failure: (any Error)?) async throws -> MigrationExit {
        let totals = try await journal.totals()
        var code = MigrationExit(totals, complaintCount: intake.complaintCount)
        if let error = failure as? MigrationError { code = MigrationExit(error.code) }
        if failure is CancellationError { code = .unfinished }
        let outcome = code.sentence(totals)
        if let reportPath {
            let report = try await MigrationReport.make(of: journal, outcome: outcome)
            try Data(ReportPage(report).html.utf8).write(to: URL(fileURLWithPath: reportPath), options: .atomic)
        }
        if isJSON {
            try Console.printJSON(StorageSummary(totals, code: code, intake: intake))
            return code
        }
        for complaint in intake.complaints + intake.remarks { print(StorageLines.complaint(complaint)) }
        for line in StorageLines.summary(totals) { print(line) }
        if intake.complaintCount > 0 { print("not usable           \(FigureText.count(intake.complaintCount)), above") }
        if intake.remarkCount > 0 {
            print("remarks              \(FigureText.count(intake.remarkCount)), above: brought all the same")
        }
        if let reportPath { print("report               \(TerminalCells.safe(reportPath))") }
        print(outcome)
        return code
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
