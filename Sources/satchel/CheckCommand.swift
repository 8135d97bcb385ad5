import ArgumentParser
import Attachments
import Gateway

/// `satchel check`: looks at everything that the gateway needs.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at configuration, database, spool, bucket, URLs, clock, media worker and its confinement.",
        discussion: """
            One line each: ok, note (nothing to do), or FAIL and what to do. The exit code is 1 where anything failed.
            The bucket is tried with one small object under .satchel-check/, which is removed again.

            That is quick. --bucket takes longer: it also measures what the bucket's server does where servers differ,
            with some 10 MB under .satchel-check/ that are removed again, and names the setting that follows from each.

            Examples:
              satchel check --config satchel.yaml
              satchel check --config satchel.yaml --bucket --origin https://chat.example.com
              satchel check --config satchel.yaml --bucket --write satchel.yaml
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Also measure the bucket: addressing, checksums, parts, listings, presigned URLs and more.")
    var bucket = false

    @Option(help: ArgumentHelp("The page whose scripts would read files: what CORS is tried with.", valueName: "url"))
    var origin: String?

    @Option(
        help: ArgumentHelp(
            "Write the suggested settings into the s3 block of this YAML file; the old one is kept as FILE.bak.",
            valueName: "file"
        )
    )
    var write: String?

    @Flag(help: "Write everything as one line of JSON.")
    var json = false

    func validate() throws {
        guard bucket || write == nil else { throw ValidationError("--write goes with --bucket.") }
        guard bucket || origin == nil else { throw ValidationError("--origin goes with --bucket.") }
        if let origin {
            let isPlain = origin.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard isPlain, origin.hasPrefix("https://") || origin.hasPrefix("http://"), !origin.hasSuffix("/") else {
                throw ValidationError("--origin must be like https://chat.example.com, without a path.")
            }
        }
    }

    func run() async throws {
        let configuration = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadGateway()
        }
        if !json { print("ok    configuration   all settings are good") }
        var lines = await Checkup(configuration: configuration).run()
        if !json { Self.show(lines) }
        if bucket {
            let checkup = BucketCheckup(
                storage: configuration.storage,
                partSizeBytes: configuration.attachments.partSizeBytes,
                origin: origin
            )
            // A signal must not leave anything in the bucket.
            let measured = try await Interruption.cancelling { await checkup.run() }
            if !json { Self.show(measured) }
            lines += measured
        }
        let report = CheckReport(lines: lines)
        if json { try Console.printJSON(report) }
        if let write { try await Self.write(report.settings, to: write) }
        guard report.isGood else { throw ExitCode.failure }
    }

    private static func show(_ lines: [CheckLine]) {
        for line in lines { print(line) }
    }

    /// Says what it did beside the report, which is on the standard output.
    private static func write(_ settings: [SuggestedSetting], to path: String) async throws {
        do throws(ConfigurationFileFault) {
            let changed = try await ConfigurationFile.write(settings, to: path)
            guard !changed.isEmpty else {
                Console.printError("\(path) has the suggested settings already.")
                return
            }
            for setting in changed { Console.printError("Written to \(path): \(setting)") }
            Console.printError("The file as it was: \(path).bak")
        } catch {
            Console.printError("satchel: \(error)")
            throw ExitCode.failure
        }
    }
}
