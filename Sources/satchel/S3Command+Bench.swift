import ArgumentParser
import Foundation
import Gateway

extension S3Command {
    /// `satchel s3 bench`.
    struct Bench: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure what the storage takes from this machine: objects of random bytes, one PUT each.",
            discussion: """
                The objects lie under .satchel-bench/ and a prefix of their own, and are deleted at the end, also after
                Ctrl-C. What `satchel s3 presign --bench` measures is another thing: what signing a URL costs.

                Examples:
                  satchel s3 bench
                  satchel s3 bench --size 4194304 --clients 8 --count 200
                  satchel s3 bench --json | jq .requests_per_second
                """
        )

        private static let largestObject = 64 << 20
        private static let mostMemory = 1 << 30

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("The length of an object.", valueName: "bytes"))
        var size: Int = 4096

        @Option(help: ArgumentHelp("How many requests are under way at the same time.", valueName: "count"))
        var clients: Int = 32

        @Option(help: ArgumentHelp("How many objects.", valueName: "count"))
        var count: Int = 1000

        @Flag(help: "Leave the objects there, and say where.")
        var keep = false

        @Flag(help: "Write the figures as a line of JSON.")
        var json = false

        func validate() throws {
            guard (0...Self.largestObject).contains(size) else {
                throw ValidationError("--size must be a number from 0 to \(Self.largestObject).")
            }
            guard (1...1024).contains(clients) else {
                throw ValidationError("--clients must be a number from 1 to 1024.")
            }
            guard size * clients <= Self.mostMemory else {
                throw ValidationError("--size times --clients must not exceed \(Self.mostMemory): all are in memory.")
            }
            guard count > 0 else { throw ValidationError("--count must be a positive number.") }
        }

        func run() async throws {
            let (size, clients, count, keep, json) = (size, clients, count, keep, json)
            let settings = try await S3Command.settings(options)
            try await S3Command.reportingFaults {
                let outcome = try await StorageBenchmark(
                    settings: settings,
                    objectBytes: size,
                    clients: clients,
                    count: count,
                    keepsObjects: keep
                )
                .run()
                if json { try Console.printJSON(outcome) } else { Self.show(outcome) }
            }
        }

        private static func show(_ outcome: StorageBenchmarkOutcome) {
            let seconds = String(format: "%.2f", outcome.seconds)
            let lines = [
                "\(outcome.count) objects of \(outcome.objectBytes) bytes, \(outcome.clients) clients: \(seconds) s",
                "requests/s        \(String(format: "%.1f", outcome.requestsPerSecond))",
                "MB/s              \(String(format: "%.2f", outcome.megabytesPerSecond))   (1 MB is 1,048,576 bytes)",
                "median            \(String(format: "%.2f", outcome.medianMilliseconds)) ms",
                "99th percentile   \(String(format: "%.2f", outcome.percentile99Milliseconds)) ms",
            ]
            for line in lines { print(line) }
            if let prefix = outcome.keptPrefix { print("kept under        \(prefix)") }
        }
    }
}
