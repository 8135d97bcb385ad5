import ArgumentParser
import Catalog
import Gateway
import Migration
import S3

extension StorageCommand {
    /// `satchel storage adopt`.
    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that the configured bucket is the one that the files are in, under another name.",
            discussion: """
                For an endpoint or a bucket that was renamed: the server does not start then, because its catalog names another
                storage. Looks first whether up to 20 files of the catalog, half of them the latest, are in the configured
                bucket with their sizes, and changes nothing where one is not. To move files to another bucket, set
                migration.source instead. Stop the server first. Exit code 0: it is so; 2: the files are not there.

                Examples:
                  satchel storage adopt --yes
                """
        )

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Really do it; the files are looked for all the same.")
        var yes = false

        private static let sampleLimit = 20

        func validate() throws {
            guard yes else {
                throw ValidationError(
                    "This tells the catalog that its files are in the configured bucket. Add --yes to really do it."
                )
            }
        }

        func run() async throws {
            try await StorageSession.run(options) { session in
                let catalog = try session.openCatalog(exclusively: true)
                let (current, noted) = (session.target.identity, try await catalog.storageIdentity())
                guard noted != current else {
                    print("The files are said to be in \(TerminalCells.safe(current)) already.")
                    return .complete
                }
                let sample = try await catalog.storedSample(limit: Self.sampleLimit)
                if let fault = try await Self.fault(in: sample, of: session) {
                    Console.printError(TerminalCells.safe("satchel: \(fault)"))
                    return .incomplete
                }
                try await catalog.adoptStorage(current)
                print("The files are in \(TerminalCells.safe(current)): \(sample.count) of them were looked at.")
                if let noted { print("Before, they were said to be in \(TerminalCells.safe(noted)).") }
                return .complete
            }
        }

        /// What shows that the bucket is another one, an object that is not there or of another size; nil where all are there.
        private static func fault(
            in sample: [StoredObjectRecord],
            of session: StorageSession
        ) async throws(S3Error) -> String? {
            for record in sample {
                let found = try await session.client.headObject(ifPresent: record.objectKey)?.byteCount
                guard found != record.byteCount else { continue }
                let difference = found.map { "has \($0) bytes there, not \(record.byteCount)" } ?? "is not there"
                return """
                    \(session.target.identity) is not the storage that the files are in: \(record.objectKey) \(difference). \
                    Nothing was changed: set s3.* back, or migration.source.* to the place that they are in
                    """
            }
            return nil
        }
    }
}
