import ArgumentParser
import Catalog
import Foundation
import Gateway
import Migration

/// `satchel jobs`: queued work, by hand.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List and show queued jobs and those that are over, have them done again, end them, or do one now.",
        discussion: """
            All of this works while the server runs.

            Examples:
              satchel jobs list --kind transcode
              satchel jobs list --history --state dead
              satchel jobs list --attachment 019abc1e-5d0c-7b52-9a55-0f3c1b0a7e11
              satchel jobs show 41
              satchel jobs retry 41 42
              satchel jobs cancel 43
              satchel jobs run 44
              satchel jobs processes
            """,
        subcommands: [List.self, Show.self, Retry.self, Cancel.self, Run.self, Processes.self]
    )

    /// `satchel jobs list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List jobs, latest first: number, state, kind, name, attachment, attempts, and what went wrong.",
            discussion: """
                The name of a webhook is its receiver; its line tells the event, too, with the webhook-id of the message.
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("Only jobs of this kind.", valueName: "kind"))
        var kind: JobKind?

        @Option(
            help: ArgumentHelp(
                "Only those that are waiting, running or delayed; with --history done, failed, cancelled or dead.",
                valueName: "state"
            )
        )
        var state: String?

        @Option(help: ArgumentHelp("Only jobs about this attachment, webhooks that tell of it too.", valueName: "id"))
        var attachment: String?

        @Flag(help: "Those that are over instead of those in the queue.")
        var history = false

        @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
        var limit: Int = 100

        @Flag(help: "Write one JSON object a line.")
        var json = false

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit must be a positive number.") }
            if let attachment, UUID(uuidString: attachment) == nil {
                throw ValidationError("--attachment must be the id of an attachment; \"\(attachment)\" is none.")
            }
            let allowed = history ? JobOutcome.allCases.map(\.rawValue) : JobState.allCases.map(\.rawValue)
            guard let state, !allowed.contains(state) else { return }
            throw ValidationError("--state must be one of \(allowed.joined(separator: ", ")); \"\(state)\" is not.")
        }

        func run() async throws {
            let wanted = self
            try await withJobCatalog(options) { catalog in try await wanted.list(catalog) }
        }

        /// Page by page: a state is told of each job only when it has been read.
        private func list(_ catalog: Catalog) async throws {
            var left = limit
            var before: Int64?
            while left > 0 {
                let page = try await page(of: catalog, before: before)
                for job in page where state == nil || job.state == state {
                    guard left > 0 else { return }
                    if json { try Console.printJSON(job) } else { print(JobLine(job).text) }
                    left -= 1
                }
                guard page.count == Self.pageLength, let last = page.last else { return }
                before = last.id
            }
        }

        private static let pageLength = 500

        private func page(of catalog: Catalog, before: Int64?) async throws(CatalogError) -> [JobJSON] {
            let attachmentID = attachment.flatMap(UUID.init(uuidString:))
            guard history else {
                let jobs = try await catalog.jobs(
                    kind: kind,
                    attachmentID: attachmentID,
                    before: before,
                    limit: Self.pageLength
                )
                return try await catalog.described(jobs, at: Date())
            }
            let jobs = try await catalog.endedJobs(
                kind: kind,
                outcome: state.flatMap(JobOutcome.init(rawValue:)),
                attachmentID: attachmentID,
                before: before,
                limit: Self.pageLength
            )
            return try await catalog.described(jobs)
        }
    }

    /// `satchel jobs show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show jobs by their numbers, queued or over, each as list has it."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The jobs' numbers.", valueName: "id"))
        var ids: [Int64]

        @Flag(help: "Write one JSON object a line.")
        var json = false

        func run() async throws {
            let (ids, json) = (ids, json)
            let missing = try await withJobCatalog(options) { catalog in
                var missing = 0
                for id in ids {
                    if let job = try await catalog.describedJob(id: id) {
                        if json { try Console.printJSON(job) } else { print(JobLine(job).text) }
                    } else {
                        missing += 1
                        Console.printError("satchel: job \(id): There is no such job.")
                    }
                }
                return missing
            }
            guard missing == 0 else { throw ExitCode.failure }
        }
    }

    /// `satchel jobs retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have jobs done at once that were put off, and anew that came to nothing."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The jobs' numbers.", valueName: "id"))
        var ids: [Int64]

        func run() async throws {
            try await actOnJobs(ids, options) { catalog, id in
                let outcome = try await catalog.retryJob(id: id)
                guard case .due(let job) = outcome else { return .refused(outcome.refusal) }
                return .done("due: \(job.id) \(job.kind.rawValue)")
            }
        }
    }

    /// `satchel jobs cancel`.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End jobs without having them done; one that runs ends within seconds."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The jobs' numbers.", valueName: "id"))
        var ids: [Int64]

        func run() async throws {
            try await actOnJobs(ids, options) { catalog, id in
                let outcome = try await catalog.cancelJob(id: id)
                return switch outcome {
                case .ended(let job): .done("cancelled: \(job.id) \(job.kind.rawValue)")
                case .requested(let job): .done("running, and told to end: \(job.id) \(job.kind.rawValue)")
                case .over, .refused, .notFound: .refused(outcome.refusal)
                }
            }
        }
    }

    /// `satchel jobs run`.
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do a job now, in this process, and wait for its end. Exit code 1 where it is not done then.",
            discussion: "A job that is over is to be queued anew first, with retry."
        )

        @OptionGroup var options: ConfigurationOptions

        @Argument(help: ArgumentHelp("The job's number.", valueName: "id"))
        var id: Int64

        func run() async throws {
            let id = id
            let retried = try await withJobCatalog(options) { catalog in
                try await catalog.job(id: id) == nil ? nil : try await catalog.retryJob(id: id)
            }
            guard case .due = retried else {
                Console.printError("satchel: job \(id): \(retried?.refusal ?? "There is no such job in the queue.")")
                throw ExitCode.failure
            }
            let ended = try await withJobWorker(options) { worker in try await worker.run(jobID: id) }
            guard let ended else {
                Console.printError("satchel: job \(id) is not over; see: satchel jobs list")
                throw ExitCode.failure
            }
            let lines = try await withJobCatalog(options) { catalog in try await catalog.described([ended]) }
            for line in lines { print(JobLine(line).text) }
            guard ended.outcome == .done else { throw ExitCode.failure }
        }
    }
}

extension JobKind: ExpressibleByArgument {}

/// What became of the wish to do something to a job; without a reason where there is no such job.
private enum JobAnswer {
    case done(String)
    case refused(String?)
}

/// Does the same to each of the jobs, and tells how it went; ends the program with exit code 1 where one was refused.
private func actOnJobs(
    _ ids: [Int64],
    _ options: ConfigurationOptions,
    _ act: (Catalog, Int64) async throws -> JobAnswer
) async throws {
    let refusedCount = try await withJobCatalog(options) { catalog in
        var refusedCount = 0
        for id in ids {
            switch try await act(catalog, id) {
            case .done(let line): print(line)
            case .refused(let reason):
                refusedCount += 1
                Console.printError("satchel: job \(id): \(reason ?? "There is no such job.")")
            }
        }
        return refusedCount
    }
    guard refusedCount == 0 else { throw ExitCode.failure }
}

/// A job in one line of a terminal.
private struct JobLine {
    let text: String

    init(_ job: JobJSON) {
        var cells = [
            "\(job.id)", job.state, job.name.isEmpty ? job.kind.rawValue : "\(job.kind.rawValue):\(job.name)",
            job.attachmentID?.uuidString.lowercased() ?? "-", "attempts=\(job.attempts)",
        ]
        if let type = job.eventType { cells.append(type.rawValue) }
        if let id = job.eventID { cells.append(id) }
        if let percent = job.percent { cells.append("\(percent)%") }
        if let error = job.lastError { cells.append(error) }
        text = TerminalCells.safe(cells.joined(separator: "  "))
    }
}

/// Opens the database that the configuration names beside a server that may run, and ends the program with the reason
/// where that fails.
func withJobCatalog<Value>(
    _ options: ConfigurationOptions,
    _ body: (Catalog) async throws -> Value
) async throws -> Value {
    let (path, webhooks, replacement) = try await options.load { source async throws(ConfigurationFaults) in
        (
            try await source.loadDatabasePath(), try await source.loadWebhookTargets(),
            try await source.loadReplacementRule()
        )
    }
    do {
        try requireDatabase(at: path)
        let catalog = try Catalog.open(path: path, webhooks: webhooks, replacement: replacement)
        try catalog.requireCurrentSchema()
        let value = try await body(catalog)
        try catalog.close()
        return value
    } catch {
        Console.printError("satchel: \(error)")
        throw ExitCode.failure
    }
}
