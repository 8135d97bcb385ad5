package import Catalog
package import Foundation
package import Logging
import S3
import Synchronization

/// Deletes at the source what has arrived: nothing else in a migration deletes anything there.
package struct MigrationPrune: Sendable {
    /// What was done, or would be.
    package struct Report: Sendable, Codable, Equatable {
        /// What is proved, recorded and old enough.
        package var candidates = MigrationTotals.Amount()
        /// What was deleted.
        package var pruned = MigrationTotals.Amount()
        /// What was left, by the reason.
        package var refused: [String: Int64] = [:]

        /// Nothing yet.
        package init() {}
    }

    /// Why an object is left at the source.
    package enum Refusal: String, Sendable, CaseIterable {
        /// The target has it not, or otherwise than it was proved.
        case notInTarget = "not_in_target"
        /// The source has something else there by now.
        case sourceChanged = "source_changed"
        /// Another object with the same bytes has not arrived yet.
        case stillNeeded = "still_needed"
        /// It is the object itself that was to be its copy.
        case sameObject = "same_object"
        /// The catalog serves it from the source, or there is no catalog to tell.
        case stillServed = "still_served"
        /// A scanner is still to look it through: what it does not let pass is deleted in the target.
        case scanPending = "scan_pending"
        /// A scanner did not let it pass: the target has it no more, and the file may be harmless.
        case quarantined
        /// The source did not let it be deleted.
        case notDeleted = "not_deleted"
    }

    private let journal: MigrationJournal
    private let source: any ObjectStore
    private let check: TargetCheck
    /// Knows what is served from the source; nil where only bare objects were moved.
    private let catalog: Catalog?
    private let minAge: Duration
    private let leavesUnusable: Bool
    private let workers: Int
    private let observer: (any MigrationObserver)?
    private let logger: Logger
    /// The time, for the age.
    private let clock: @Sendable () -> Date

    /// What was recorded at least `minAge` ago; without a catalog, bare objects alone.
    ///
    /// With `leavesUnusable`, what the inventory did not come to is known to the operator and stays behind.
    package init(
        journal: MigrationJournal,
        source: any ObjectStore,
        target: MigrationTarget,
        catalog: Catalog? = nil,
        minAge: Duration,
        leavesUnusable: Bool = false,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger,
        clock: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.journal = journal
        self.source = source
        check = TargetCheck(journal: journal, client: target.client, isDeep: false)
        self.catalog = catalog
        self.minAge = minAge
        self.leavesUnusable = leavesUnusable
        self.workers = workers
        self.observer = observer
        self.logger = logger
        self.clock = clock
    }

    /// Counts what `run` would look at; nothing is deleted.
    ///
    /// Throws as that.
    package func candidates() async throws -> MigrationTotals.Amount {
        try checkStores()
        try await checkInventory()
        let counted = Mutex((amount: MigrationTotals.Amount(), areAllBegun: true))
        let limit = limit
        try await journal.forEachRow(in: .recorded, workers: 1) { row, _ in
            guard isCandidate(row, limit) else { return }
            counted.withLock { counted in
                counted.amount.add(MigrationTotals.Amount(objects: 1, bytes: row.byteCount ?? 0))
                if row.pruneBegunAt == nil { counted.areAllBegun = false }
            }
        }
        let (amount, areAllBegun) = counted.withLock { $0 }
        // Where a prune that died was at all that is left, the directory may be empty because of it.
        if !areAllBegun, let directory = source as? DirectoryStore { try directory.requireContent() }
        return amount
    }

    /// Looks at each object in the target once more, and deletes it at the source where it is right there.
    ///
    /// The caller has asked the operator. Throws `journal` where the stores are not the journal's, `inventoryUnreadable` where
    /// the inventory was not read to its end, and `sourceUnreadable`
    /// where there is something to delete and the source is an empty directory that no prune emptied: it may not be mounted.
    /// Where it ends before its end, `told` is called first with what was done.
    package func run(endingEarly told: (Report) -> Void = { _ in }) async throws -> Report {
        guard try await candidates().objects > 0 else { return Report() }
        let report = Mutex(Report())
        let limit = limit
        let isOneBucket = try await OneBucketProbe(source: source, target: check.client, name: journal.name)
            .isOneBucket()
        do {
            try await journal.forEachRow(in: .recorded, workers: workers) { row, worker in
                guard isCandidate(row, limit) else { return }
                let amount = MigrationTotals.Amount(objects: 1, bytes: row.byteCount ?? 0)
                observer?.migration(.started(worker: worker, location: row.item.location, byteCount: amount.bytes))
                let refusal = try await prune(row, isOneBucket: isOneBucket)
                report.withLock { report in
                    report.candidates.add(amount)
                    if let refusal {
                        report.refused[refusal.rawValue, default: 0] += 1
                    } else {
                        report.pruned.add(amount)
                    }
                }
                // After it was counted: it is deleted, whether or not the journal can be written.
                if refusal == nil { try journal.notePruned(row.id) }
                observer?
                    .migration(
                        .finished(
                            worker: worker,
                            location: row.item.location,
                            byteCount: amount.bytes,
                            failure: refusal.map { $0 == .notInTarget ? .targetMismatch : .sourceChanged }
                        )
                    )
            }
            try await journal.writer.flush()
        } catch {
            told(report.withLock { $0 })
            throw error
        }
        return report.withLock { $0 }
    }

    private var limit: Date { clock().addingTimeInterval(-(minAge / .seconds(1))) }

    private func isCandidate(_ row: MigrationRow, _ limit: Date) -> Bool {
        guard let recorded = row.recordedAt, row.proof != nil, row.sha256 != nil else { return false }
        return recorded <= limit
    }

    /// Deletes one object at the source, or says why not.
    private func prune(_ row: MigrationRow, isOneBucket: Bool) async throws -> Refusal? {
        if let refusal = try await refusal(of: row, isOneBucket: isOneBucket) {
            logger.notice("\(row.item.location) stays at the source: \(refusal.rawValue)")
            return refusal
        }
        try await journal.noteDeleting(row.item.location)
        do {
            try await source.delete(row.item.location)
        } catch {
            guard try await !wasLast(row) else { return nil }
            try journal.noteNotDeleted(row.item.location)
            logger.warning("\(row.item.location) was not deleted at the source: \(error)")
            return .notDeleted
        }
        return nil
    }

    private func refusal(of row: MigrationRow, isOneBucket: Bool) async throws -> Refusal? {
        if isOneBucket, let bucket = source as? BucketStore,
            bucket.key(of: row.item.location).utf8.elementsEqual(row.item.targetKey.utf8)
        {
            return .sameObject
        }
        guard try await !journal.isAwaited(row.item.location) else { return .stillNeeded }
        guard try !isServed(row) else { return .stillServed }
        switch try catalog?.hold(location: row.item.location, store: source.identity) {
        case .scan: return .scanPending
        case .infected: return .quarantined
        case nil: break
        }
        // What is not there any more has been deleted already: by a prune that died, or by its owner.
        let object: StoredObject?
        do {
            object = try await source.head(row.item.location)
        } catch {
            guard try await wasLast(row) else {
                logger.warning("\(error)")
                return .sourceChanged
            }
            object = nil
        }
        if let object, object.byteCount != row.byteCount || object.version != row.sourceVersion {
            return .sourceChanged
        }
        if let fault = await check.fault(of: row) {
            logger.warning("\(fault)")
            return .notInTarget
        }
        return nil
    }

    /// Whether the directory tells nothing of the file because it is empty, and a prune emptied it: this one, or one that died.
    private func wasLast(_ row: MigrationRow) async throws -> Bool {
        guard let directory = source as? DirectoryStore, directory.isEmpty else { return false }
        return try await journal.isDeletionBegun(row.id)
    }

    private func isServed(_ row: MigrationRow) throws -> Bool {
        guard let catalog else { return row.item.attachmentID != nil }
        return try catalog.isServed(location: row.item.location, store: source.identity)
    }

    /// What was not read may be of a file that has arrived for another record, and needs it then.
    private func checkInventory() async throws(MigrationError) {
        guard !leavesUnusable, try await journal.complaints().isReadingOpen else { return }
        throw MigrationError(
            .inventoryUnreadable,
            "the inventory was not read to its end the last time, and what it did not come to may need a file that has arrived: "
                + "give `satchel storage migrate` again, or add --leave-unusable where that stays behind; nothing was deleted"
        )
    }

    private func checkStores() throws(MigrationError) {
        for (what, known, given) in [
            ("source", journal.source, source.identity), ("target", journal.target, check.client.identity()),
        ] where !known.utf8.elementsEqual(given.utf8) {
            throw MigrationError(.journal, "the journal's \(what) is \(known), not \(given): nothing was deleted")
        }
    }
}
