package import Catalog
import Foundation
package import Logging
package import S3

/// Brings everything back into a directory, with a manifest, so that nobody is locked in.
///
/// An attachment's file is `files/<id>/<file name>`, a rendition `renditions/<id>/<name>`; a bare object keeps its key, as far as a
/// file system takes it, and the manifest has the true one.
package struct MigrationExport: Sendable {
    /// What was done.
    package struct Report: Sendable, Codable, Equatable {
        /// What was written.
        package var written = MigrationTotals.Amount()
        /// What was there already.
        package var kept = MigrationTotals.Amount()
        /// Of both, what still waits in an old place and was read there.
        package var waiting = MigrationTotals.Amount()
        /// What could not be brought.
        package var complaints: [MigrationComplaint] = []
        /// What is left out because nothing is in it, such as the markers of folders.
        package var remarks: [MigrationComplaint] = []

        /// Nothing yet.
        package init() {}
    }

    private enum Origin: Sendable {
        case catalog(Catalog, includesRenditions: Bool)
        case everything
    }

    private static let pageLength = 200
    private let origin: Origin
    private let store: any ObjectStore
    private let oldPlaces: OldPlaces
    private let directory: String
    private let workers: Int
    private let observer: (any MigrationObserver)?
    private let logger: Logger

    /// The attachments of a catalog with their objects, into a directory that is made where there is none.
    ///
    /// What waits in one of the old places is read there; what waits in any other is complained of.
    package init(
        catalog: Catalog,
        client: S3Client,
        oldPlaces: [any ObjectStore] = [],
        directory: String,
        includesRenditions: Bool = false,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        origin = .catalog(catalog, includesRenditions: includesRenditions)
        store = BucketStore(client: client)
        self.oldPlaces = OldPlaces(oldPlaces)
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
        oldPlaces = OldPlaces([])
        self.directory = directory
        self.workers = workers
        self.observer = observer
        self.logger = logger
    }

    /// Writes the files and `manifest.jsonl`; run again, it goes on where it was.
    ///
    /// The manifest is put in its place when everything else is. Throws `MigrationError`; where it ends before its end, `told` is
    /// called first with what was done.
    package func run(endingEarly told: (Report) -> Void = { _ in }) async throws -> Report {
        let target = try ExportDirectory(path: directory)
        var report = Report()
        do {
            try await run(into: target, &report)
        } catch {
            told(report)
            throw error
        }
        return report
    }

    private func run(into target: ExportDirectory, _ report: inout Report) async throws {
        let manifestPath = "\(target.root)/\(ExportPath.manifest)"
        do {
            let manifest = try NewFile(path: Array(manifestPath.utf8))
            try await bringAll(to: target, manifest, &report)
            try manifest.finish(modifiedAt: nil)
        } catch let error as FileError {
            throw MigrationError(writing: manifestPath, error)
        }
    }

    private func bringAll(to target: ExportDirectory, _ manifest: NewFile, _ report: inout Report) async throws {
        switch origin {
        case .catalog(let catalog, let includesRenditions):
            var last: UUID?
            while true {
                let page = try await catalog.attachments(after: last, limit: Self.pageLength)
                guard let end = page.last else { break }
                // Of what a scanner did not let pass there is no object.
                let brought = await bring(page.filter { $0.hold != .infected }) { attachment in
                    try await ExportedAttachment(
                        attachment,
                        includesRenditions: includesRenditions,
                        oldPlaces: oldPlaces
                    )
                    .bring(from: store, to: target, catalog)
                }
                try write(brought, to: manifest, &report)
                last = end.id
            }
        case .everything:
            try await bringEverything(to: target, manifest, &report)
        }
    }

    /// Two listings: which keys are also folders of others has to be known before the first is written.
    private func bringEverything(to target: ExportDirectory, _ manifest: NewFile, _ report: inout Report) async throws {
        let ledger = try ExportLedger()
        try await store.list { page in try await ledger.add(page.map(\.location)) }
        var told: [MigrationComplaint] = []
        try await store.list(complaining: { told.append($0) }) { page in
            let folders = try await ledger.folders(among: page.map(\.location))
            target.makeWay(forKeys: page.map(\.location))
            let brought = await bring(page) { object in
                let key = object.location
                let path = target.place(ofKey: key, isFolder: folders.contains(Array(key.utf8)))
                let outcome = try await target.bring(key, from: store, to: path, sha256: nil)
                return ExportResult(line: ExportLine(path: path, key: key, outcome), outcomes: [outcome])
            }
            try write(brought, to: manifest, &report)
        }
        report.complaints += told.filter { !$0.isRemark }
        report.remarks += told.filter(\.isRemark)
    }

    private typealias Outcome = Result<ExportResult, MigrationComplaint.Failure>

    /// What became of one thing, by its place in the page; without an outcome, what ends the export.
    ///
    /// Not a pair of the place and a result within a result: of a task group of these, code that Swift 6.3.1 optimized takes other
    /// places than were put in.
    private struct Attempt: Sendable {
        let index: Int
        var outcome: Outcome?
        var end: (any Error)?
    }

    /// What became of a page, in its order, and what ended the export in the middle of it.
    private struct Page {
        private var outcomes: [Outcome?]
        private(set) var end: (any Error)?

        init(count: Int) {
            outcomes = Array(repeating: nil, count: count)
        }

        var results: [Outcome] { outcomes.compactMap(\.self) }

        mutating func take(_ attempt: Attempt) {
            outcomes[attempt.index] = attempt.outcome
            end = end ?? attempt.end
        }
    }

    /// Brings a page, so many at a time.
    private func bring<Subject: ExportSubject>(
        _ page: [Subject],
        _ body: @escaping @Sendable (Subject) async throws -> ExportResult
    ) async -> Page {
        await withTaskGroup(of: Attempt.self) { group in
            var brought = Page(count: page.count)
            for (index, subject) in page.enumerated() {
                let worker = index % max(1, workers)
                if index >= max(1, workers), let done = await group.next() { brought.take(done) }
                guard brought.end == nil else { break }
                group.addTask {
                    do {
                        return Attempt(index: index, outcome: try await attempt(subject, worker, body))
                    } catch {
                        return Attempt(index: index, end: error)
                    }
                }
            }
            // What is under way when the disk is full is brought to its end, or fails of the same.
            for await done in group { brought.take(done) }
            return brought
        }
    }

    private func attempt<Subject: ExportSubject>(
        _ subject: Subject,
        _ worker: Int,
        _ body: @Sendable (Subject) async throws -> ExportResult
    ) async throws -> Outcome {
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
            guard error.code != .outputUnwritable else { throw error }
            logger.warning("\(name) was not exported: \(error)")
            observer?
                .migration(
                    .finished(worker: worker, location: name, byteCount: subject.exportByteCount, failure: error.code)
                )
            return .failure(MigrationComplaint.Failure(of: name, error))
        }
    }

    /// Counts a page, and writes its lines; throws what ended it.
    private func write(_ page: Page, to manifest: NewFile, _ report: inout Report) throws {
        for result in page.results {
            switch result {
            case .success(let result):
                for outcome in result.outcomes {
                    let amount = MigrationTotals.Amount(objects: 1, bytes: outcome.byteCount)
                    if outcome.isNew { report.written.add(amount) } else { report.kept.add(amount) }
                }
                report.waiting.add(result.waiting)
            case .failure(let failure):
                report.complaints.append(failure.complaint)
            }
        }
        if let end = page.end { throw end }
        for case .success(let result) in page.results {
            try result.line.encoded().withUnsafeBytes { bytes in try manifest.write(bytes) }
        }
    }
}
