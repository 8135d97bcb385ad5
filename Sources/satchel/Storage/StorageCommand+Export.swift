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
                where it was. With --from it takes everything that a bucket has, without a catalog: the manifest then has the
                key of each object, and `migrate` brings them back as bare objects under those keys. A key that no file can
                have (too long a step, . or .., nothing between slashes, a beside a/b) is a file of another name. While a migration is under
                way, what waits in the old place is read there: migration.source, or what --old-place names. Exit code 0: all
                is there; 2: something could not be brought, and is listed; 1: the directory cannot be written any more.

                Examples:
                  satchel storage export /backup/attachments
                  satchel storage export /backup/attachments --renditions
                  satchel storage export /backup/attachments --old-place /srv/chat/media
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

        @Option(
            parsing: .singleValue,
            help: ArgumentHelp(
                "Where files wait that have not been moved yet, beside migration.source; may be repeated.",
                valueName: "place"
            )
        )
        var oldPlace: [String] = []

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
            guard from == nil || oldPlace.isEmpty else { throw ValidationError("--old-place goes without --from.") }
            guard from != nil || !oldPlace.isEmpty || !bucket.areUsed else {
                throw ValidationError("--from-endpoint and the like go with --from s3://… or --old-place s3://….")
            }
            if let from {
                _ = try reportingArguments { () throws(MigrationError) in
                    try StorePlace(parsing: from, option: "--from")
                }
            }
            _ = try reportingArguments { () throws(MigrationError) in try oldPlaces() }
        }

        private func oldPlaces() throws(MigrationError) -> [StorePlace] {
            var places: [StorePlace] = []
            for place in oldPlace { places.append(try StorePlace(parsing: place, option: "--old-place")) }
            return places
        }

        func run() async throws {
            let connections = workers + 8
            try await StorageSession.run(options, connections: connections) { session in
                let access = bucket.access(environment: ProcessInfo.processInfo.environment)
                let logger = CommandLog.logger()
                if let from {
                    let place = try StorePlace(parsing: from, option: "--from")
                    let source = try await OpenedStore.open(place, access: access, target: session.settings.storage)
                    return try await closing([source]) {
                        MigrationExport(store: source.store, directory: directory, workers: workers, logger: logger)
                    }
                }
                let catalog = try session.openCatalog()
                try await session.warnOfOtherStorage(than: catalog)
                let opened = try await session.openOldPlaces(oldPlaces(), access: access, of: catalog)
                return try await closing(opened) {
                    MigrationExport(
                        catalog: catalog,
                        client: session.client,
                        oldPlaces: opened.map(\.store),
                        directory: directory,
                        includesRenditions: renditions,
                        workers: workers,
                        logger: logger
                    )
                }
            }
        }

        /// Runs an export, and closes the stores that were opened for it.
        private func closing(_ stores: [OpenedStore], _ make: () -> MigrationExport) async throws -> MigrationExit {
            do {
                let code = try await bring(make())
                for store in stores { await store.close() }
                return code
            } catch {
                for store in stores { await store.close() }
                throw error
            }
        }

        private func bring(_ export: MigrationExport) async throws -> MigrationExit {
            let report = try await Interruption.cancelling { [json] in
                try await export.run { report in
                    do {
                        try Self.show(report, asJSON: json)
                    } catch {
                        Console.printError("satchel: \(StorageFault(error))")
                    }
                }
            }
            try Self.show(report, asJSON: json)
            return report.complaints.isEmpty ? .complete : .incomplete
        }

        private static func show(_ report: MigrationExport.Report, asJSON isJSON: Bool) throws {
            guard !isJSON else { return try Console.printJSON(report) }
            for complaint in report.complaints + report.remarks { print(StorageLines.complaint(complaint)) }
            print(StorageLines.line("written", report.written))
            print(StorageLines.line("there already", report.kept))
            if report.waiting.objects > 0 { print(StorageLines.line("of both, waiting", report.waiting)) }
            print("not brought          \(FigureText.count(Int64(report.complaints.count)))")
            let remarks = Int64(report.remarks.count)
            if remarks > 0 { print("remarks              \(FigureText.count(remarks)), above: nothing is in them") }
        }
    }
}
