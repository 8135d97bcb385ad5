package import Catalog
import Foundation
package import Logging
package import S3

/// Brings everything back into a directory, with a manifest, so that nobody is locked in.
///
/// An attachment's file is `files/<id>/<file name>`, a rendition `renditions/<id>/<name>`; a bare object keeps its key.
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

    private enum Origin: Sendable {
        case catalog(Catalog, includesRenditions: Bool)
        case everything
    }

    private static let pageLength = 200
    private static let manifestName = "manifest.jsonl"
    private let origin: Origin
    private let store: any ObjectStore
    private let directory: String
    private let workers: Int
    private let observer: (any MigrationObserver)?
    private let logger: Logger

    /// The attachments of a catalog with their objects, into a directory that is made where there is none.
    package init(
        catalog: Catalog,
        client: S3Client,
        directory: String,
        includesRenditions: Bool = false,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        origin = .catalog(catalog, includesRenditions: includesRenditions)
        store = BucketStore(client: client)
        self.directory = directory
        self.workers = workers
        self.observer = observer
        self.logger = logger
    }

    /// Everything that a store has, such as a bucket without a catalog.
    package init(
        store: any ObjectStore,
        directory: String,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        origin = .everything
        self.store = store
        self.directory = directory
        self.workers = workers
        self.observer = observer
        self.logger = logger
    }

    /// Writes the files and `manifest.jsonl`; run again, it goes on where it was.
    ///
    /// The manifest is put in its place when everything else is. Throws `MigrationError`.
    package func run() async throws -> Report {
        let target = try ExportDirectory(path: directory)
        var report = Report()
        let manifest: NewFile
        do {
            manifest = try NewFile(path: Array("\(target.root)/\(Self.manifestName)".utf8))
        } catch {
            throw MigrationError(.invalidArgument, "the manifest cannot be written: \(error.text)")
        }
        switch origin {
        case .catalog(let catalog, let includesRenditions):
            var last: UUID?
            while true {
                let page = try await catalog.attachments(after: last, limit: Self.pageLength)
                guard let end = page.last else { break }
                // Of what a scanner did not let pass there is no object.
                let results = try await bring(page.filter { $0.hold != .infected }) { attachment in
                    try await ExportedAttachment(attachment, includesRenditions: includesRenditions)
                        .bring(from: store, to: target, catalog)
                }
                try write(results, to: manifest, &report)
                last = end.id
            }
        case .everything:
            try await store.list { page in
                let results = try await bring(page) { object in
                    guard object.location != Self.manifestName else {
                        throw MigrationError(.targetTaken, "\(Self.manifestName) is the manifest's own name")
                    }
                    let outcome = try await target.bring(
                        object.location,
                        from: store,
                        to: object.location,
                        sha256: nil
                    )
                    return ExportResult(line: ExportLine(path: object.location, outcome), outcomes: [outcome])
                }
                try write(results, to: manifest, &report)
            }
        }
        do {
            try manifest.finish(modifiedAt: nil)
        } catch {
            throw MigrationError(.invalidArgument, "the manifest cannot be written: \(error.text)")
        }
        return report
    }

    /// Brings a page, so many at a time; the results are in the page's order.
    private func bring<Subject: ExportSubject>(
        _ page: [Subject],
        _ body: @escaping @Sendable (Subject) async throws -> ExportResult
    ) async throws -> [Result<ExportResult, MigrationComplaint.Failure>] {
        try await withThrowingTaskGroup(
            of: (Int, Result<ExportResult, MigrationComplaint.Failure>).self
        ) { group in
            var results = [Result<ExportResult, MigrationComplaint.Failure>?](repeating: nil, count: page.count)
            for (index, subject) in page.enumerated() {
                let worker = index % max(1, workers)
                if index >= max(1, workers), let (done, result) = try await group.next() { results[done] = result }
                group.addTask { (index, try await attempt(subject, worker, body)) }
            }
            for try await (done, result) in group { results[done] = result }
            return results.compactMap(\.self)
        }
    }

    private func attempt<Subject: ExportSubject>(
        _ subject: Subject,
        _ worker: Int,
        _ body: @Sendable (Subject) async throws -> ExportResult
    ) async throws -> Result<ExportResult, MigrationComplaint.Failure> {
        let name = subject.exportName
        observer?.migration(.started(worker: worker, location: name, byteCount: subject.exportByteCount))
        do {
            let result = try await body(subject)
            observer?
                .migration(
                    .finished(worker: worker, location: name, byteCount: subject.exportByteCount, failure: nil)
                )
            return .success(result)
        } catch let error as MigrationError {
            try Task.checkCancellation()
            logger.warning("\(name) was not exported: \(error)")
            observer?
                .migration(
                    .finished(worker: worker, location: name, byteCount: subject.exportByteCount, failure: error.code)
                )
            return .failure(MigrationComplaint.Failure(of: name, error))
        }
    }

    private func write(
        _ results: [Result<ExportResult, MigrationComplaint.Failure>],
        to manifest: NewFile,
        _ report: inout Report
    ) throws {
        for result in results {
            switch result {
            case .success(let result):
                for outcome in result.outcomes {
                    let amount = MigrationTotals.Amount(objects: 1, bytes: outcome.byteCount)
                    if outcome.isNew { report.written.add(amount) } else { report.kept.add(amount) }
                }
                do {
                    try result.line.encoded().withUnsafeBytes { bytes in try manifest.write(bytes) }
                } catch {
                    throw MigrationError(.invalidArgument, "the manifest cannot be written: \(error)")
                }
            case .failure(let failure):
                report.complaints.append(failure.complaint)
            }
        }
    }
}
