import Catalog
import Foundation
import Logging
import S3

extension AttachmentService {
    /// Looks through the storage now and then, until the task is cancelled; when it last did so is kept in the catalog.
    func sweepPeriodically() async {
        await tellLastSweep()
        guard let interval = configuration.sweep.interval else { return }
        // Not at once: what a start has to do comes first.
        var pause = Duration.seconds(60)
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: pause)
                if let rest = Self.rest(since: try await catalog.lastSweep(), of: interval) {
                    pause = min(rest, .seconds(3600))
                } else {
                    try await sweepStorage()
                    pause = interval
                }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("The storage could not be swept, and is again later", metadata: ["error": "\(error)"])
                pause = .seconds(600)
            }
        }
    }

    /// What is left of the time between two sweeps; nil where the next is due.
    ///
    /// One that was in time to come was noted by a clock that was wrong, and is not waited for.
    static func rest(since last: Date?, of interval: Duration, now: Date = Date()) -> Duration? {
        guard let last, last <= now else { return nil }
        let rest = interval - .seconds(now.timeIntervalSince(last))
        return rest > .zero ? rest : nil
    }

    /// Tells what the last sweep found, so that a start does not look like a storage in order.
    private func tellLastSweep() async {
        do {
            guard let counts = try await catalog.sweepFindings() else { return }
            let found = SweepKind.allCases.compactMap { kind in counts[kind.rawValue].map { (kind, $0) } }
            observer?.sweepEnded(Dictionary(uniqueKeysWithValues: found))
        } catch {
            logger.warning("What the last sweep found cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Whether so many orphans may be deleted unseen: where they are most of what there is, it is rather the catalog that is
    /// not the right one.
    private func removesOrphans(_ totals: SweepTotals) -> Bool {
        let orphans = totals.found[.objectWithoutRow] ?? 0
        guard orphans > 0 else { return false }
        guard orphans <= max(Self.unsuspiciousOrphans, totals.listed / 2) else {
            logger.error(
                "Most objects have no row in this catalog: none is deleted, look with `satchel sweep --plan`",
                metadata: ["objects": "\(totals.listed)", "objects_without_row": "\(orphans)"]
            )
            return false
        }
        return true
    }

    private static var unsuspiciousOrphans: Int { 10 }

    /// Whether the database was made of a backup lately: what was uploaded since that has no row, and may be missed.
    private func isNewlyRestored(at now: Date) async throws -> Bool {
        guard let end = try await catalog.restoredAt()?.addingTimeInterval(Catalog.restoreGrace), now < end else {
            return false
        }
        logger.warning(
            "Objects without a row are kept: the database was made of a backup, and what was uploaded since is among them",
            metadata: ["until": "\(end.formatted(.iso8601))"]
        )
        return true
    }

    func makeSweep() -> Sweep {
        Sweep(
            catalog: catalog,
            storage: storage,
            spoolDirectory: configuration.spoolDirectory,
            age: configuration.sweep.age / .seconds(1),
            logger: logger,
            isInHand: { [self] in isInHand($0) },
            isSpooled: { [spool] in spool.isOpen(fileName: $0) }
        )
    }

    /// Looks through the storage once: removes what uploads left, and reports the rest, or removes it where that is allowed.
    ///
    /// In the spool, the folder of a dead process beside this one goes at once, other files when they are old and nobody's.
    func sweepStorage(now: Date = Date()) async throws {
        configuration.removeDeadSpools()
        let settings = configuration.sweep
        let sweep = makeSweep()
        let totals = try await sweep.find(now: now) { item in
            switch item.kind {
            case .spoolFile: _ = try await sweep.apply(item, now: now)
            case .expiredUpload, .openUpload, .trialObject: try await removeIfLet(item, sweep, now: now)
            case .objectWithoutRow, .rowWithoutObject, .movedObject:
                logger.debug("Found", metadata: ["kind": "\(item.kind.rawValue)", "name": "\(item.name)"])
            }
        }
        var keepsOrphans = !settings.deletesOrphans
        if settings.deletesOrphans, removesOrphans(totals) {
            keepsOrphans = try await isNewlyRestored(at: now)
            if !keepsOrphans {
                _ = try await sweep.find(now: now) { item in
                    if item.kind == .objectWithoutRow { _ = try await sweep.apply(item, now: now) }
                }
            }
        }
        let counts = totals.found.map { ($0.key.rawValue, $0.value) }
        try await catalog.noteSweep(findings: Dictionary(uniqueKeysWithValues: counts))
        observer?.sweepEnded(totals.found)
        let orphans = totals.found[.objectWithoutRow] ?? 0
        let missing = totals.found[.rowWithoutObject] ?? 0
        let moved = totals.found[.movedObject] ?? 0
        let metadata: Logger.Metadata = [
            "objects_without_row": "\(orphans)", "rows_without_object": "\(missing)", "moved_objects": "\(moved)",
        ]
        if missing > 0 || moved > 0 || (orphans > 0 && keepsOrphans) {
            logger.warning("Catalog and storage differ: see `satchel sweep --plan`", metadata: metadata)
        } else {
            logger.info("The storage was swept", metadata: metadata)
        }
    }

    /// Where the storage does not let them go, all else is done as ever.
    private func removeIfLet(_ item: SweepItem, _ sweep: Sweep, now: Date) async throws {
        do {
            _ = try await sweep.apply(item, now: now)
        } catch let error as S3Error {
            guard !error.isUnavailable, !Task.isCancelled else { throw error }
            let metadata: Logger.Metadata = ["key": "\(item.name)", "error": "\(error)"]
            logger.log(
                level: item.kind == .trialObject ? .info : .warning,
                "Something stays that was to be swept: \(item.kind.rawValue)",
                metadata: metadata
            )
        }
    }
}
