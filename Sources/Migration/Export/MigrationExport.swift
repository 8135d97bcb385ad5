package import Catalog
package import Logging
package import S3

/// Brings everything back into a directory, with a manifest, so that nobody is locked in.
package struct MigrationExport: Sendable {
    /// What was done.
    package struct Report: Sendable, Codable, Equatable {
        /// What was written.
        package var written = MigrationTotals.Amount()
        /// What was there already.
        package var kept = MigrationTotals.Amount()
        /// What could not be brought.
        package var complaints: [MigrationComplaint] = []

        /// Nothing yet.
        package init() {}
    }

    /// The attachments of a catalog with their objects, into a directory that is made where there is none.
    package init(
        catalog: Catalog,
        client: S3Client,
        directory: String,
        includesRenditions: Bool = false,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {}

    /// Everything that a store has, such as a bucket without a catalog.
    package init(
        store: any ObjectStore,
        directory: String,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {}

    /// Writes the files and `manifest.jsonl`; run again, it goes on where it was.
    ///
    /// Throws `MigrationError`.
    package func run() async throws -> Report { Report() }
}
