import ArgumentParser
import Foundation
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write all attachments into a directory with a manifest: nobody is locked in.",
            discussion: """
                The directory gets the files and manifest.jsonl, which `migrate --manifest` reads. Given again, it goes on
                where it was. With --from it takes everything that a bucket has, without a catalog.

                Examples:
                  satchel storage export /backup/attachments
                  satchel storage export /backup/attachments --renditions
                  satchel storage export /backup/bucket --from s3://old/media --from-endpoint https://s3.example.com
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var bucket: BucketAccessOptions

        @Argument(help: "The directory; it is made where there is none.")
        var directory: String

        @Option(
            help: ArgumentHelp(
                "Everything that lies there (s3://bucket/prefix), not the attachments.",
                valueName: "place"
            )
        )
        var from: String?

        @Flag(help: "Also thumbnails and previews.")
        var renditions = false

        @Option(help: ArgumentHelp("How many files are under way at the same time.", valueName: "count"))
        var workers: Int = 8

        @Flag(help: "Write what was done as a line of JSON.")
        var json = false

        func validate() throws {
            guard (1...256).contains(workers) else {
                throw ValidationError("--workers must be a number from 1 to 256.")
            }
            guard !directory.isEmpty else { throw ValidationError("The directory must not be empty.") }
            guard from == nil || !renditions else { throw ValidationError("--renditions goes without --from.") }
            guard from != nil || !bucket.areUsed else {
                throw ValidationError("--from-endpoint and the like go with --from s3://….")
            }
            if let from {
                _ = try reportingArguments { () throws(MigrationError) in
                    try StorePlace(parsing: from, option: "--from")
                }
            }
        }

        func run() async throws {
            let connections = workers + 8
            try await StorageSession.run(options, connections: connections) { session in
                let logger = CommandLog.logger()
                guard let from else {
                    let export = MigrationExport(
                        catalog: try session.openCatalog(),
                        client: session.client,
                        directory: directory,
                        includesRenditions: renditions,
                        workers: workers,
                        logger: logger
                    )
                    return try await show(export)
                }
                let place = try StorePlace(parsing: from, option: "--from")
                let access = bucket.access(environment: ProcessInfo.processInfo.environment)
                let source = try await OpenedStore.open(place, access: access, target: session.settings.storage)
                let export = MigrationExport(
                    store: source.store,
                    directory: directory,
                    workers: workers,
                    logger: logger
                )
                do {
                    let code = try await show(export)
                    await source.close()
                    return code
                } catch {
                    await source.close()
                    throw error
                }
            }
        }

        private func show(_ export: MigrationExport) async throws -> MigrationExit {
            let report = try await Interruption.cancelling { try await export.run() }
            if json {
                try Console.printJSON(report)
            } else {
                for complaint in report.complaints { print(StorageLines.complaint(complaint)) }
                print(StorageLines.line("written", report.written))
                print(StorageLines.line("there already", report.kept))
                print("not brought          \(FigureText.count(Int64(report.complaints.count)))")
            }
            return report.complaints.isEmpty ? .complete : .incomplete
        }
    }
}
