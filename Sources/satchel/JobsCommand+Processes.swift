import ArgumentParser
import Catalog
import Foundation

extension JobsCommand {
    /// `satchel jobs processes`.
    struct Processes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the processes that do jobs: serve or work, number, start, and last sign of life.",
            discussion: "One that was killed stands there until it is missed, two minutes after its last sign."
        )

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Write one JSON object a line.")
        var json = false

        func run() async throws {
            let runners = try await withJobCatalog(options) { catalog in try await catalog.runners() }
            for runner in runners {
                let line = ProcessLine(runner)
                if json { try Console.printJSON(line) } else { print(line.text) }
            }
        }
    }
}

/// A process that does jobs, as the command shows it.
private struct ProcessLine: Encodable {
    let kind: String
    let processID: Int
    /// ISO 8601, in UTC.
    let startedAt: String
    let seenAt: String

    enum CodingKeys: String, CodingKey {
        case kind
        case processID = "process_id"
        case startedAt = "started_at"
        case seenAt = "seen_at"
    }

    init(_ runner: JobRunner) {
        kind = runner.kind.rawValue
        processID = runner.processID
        startedAt = runner.startedAt.formatted(.iso8601)
        seenAt = runner.seenAt.formatted(.iso8601)
    }

    var text: String { "\(kind)  \(processID)  started=\(startedAt)  seen=\(seenAt)" }
}
