package import Catalog
package import Logging
import Synchronization

/// Looks whether everything that is said to have arrived is in the target.
package struct MigrationVerification: Sendable {
    /// What was found.
    package struct Report: Sendable, Codable, Equatable {
        /// An object with which something is wrong.
        package struct Fault: Sendable, Codable, Equatable {
            /// The row's number in the journal.
            package var id: Int64
            /// Where it came from.
            package var location: String
            /// Its key.
            package var targetKey: String
            /// What sort of fault: `targetMismatch`, or why it could not be looked at.
            package var code: MigrationError.Code
            /// What is wrong.
            package var message: String

            /// Makes a value.
            package init(id: Int64, location: String, targetKey: String, code: MigrationError.Code, message: String) {
                self.id = id
                self.location = location
                self.targetKey = targetKey
                self.code = code
                self.message = message
            }
        }

        /// What was looked at.
        package var checked = MigrationTotals.Amount()
        /// What arrived and is not looked for any more: its attachment was deleted since, or another object took its part.
        package var unwanted = MigrationTotals.Amount()
        /// What is not right.
        package var faultCount: Int64 = 0
        /// The first thousand faults.
        package var faults: [Fault] = []
        /// What has not arrived yet, and was not looked at.
        package var remaining = MigrationTotals.Amount()

        /// What the inventory, when it was read last, had and could not be used: nothing of it is in the target.
        package var unusable: Int64 = 0
        /// The inventory was not read to its end the last time: there may be more than was looked at.
        package var isInventoryUnread = false

        /// Nothing was looked at.
        package init() {}
    }

    private static let faultLimit = 1000
    private let journal: MigrationJournal
    private let target: MigrationTarget
    private let check: TargetCheck
    private let streak = FailureStreak()
    /// Knows what was deleted or replaced since it arrived; nil where only bare objects were moved.
    private let catalog: Catalog?
    private let workers: Int
    private let observer: (any MigrationObserver)?
    private let logger: Logger

    /// Asks for each object's head; with `isDeep`, reads and hashes it too.
    package init(
        journal: MigrationJournal,
        target: MigrationTarget,
        catalog: Catalog? = nil,
        isDeep: Bool,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        self.journal = journal
        self.target = target
        check = TargetCheck(journal: journal, client: target.client, isDeep: isDeep)
        self.catalog = catalog
        self.workers = workers
        self.observer = observer
        self.logger = logger
    }

    /// Looks at everything; what the target does not tell is a fault in the report.
    ///
    /// Throws `targetUnavailable` where the target does not answer at the beginning, or any more, `targetForbidden` where it
    /// refuses one object after the other, `journal`, or `CancellationError`. A journal that was opened for reading is enough; one that can be
    /// written to has it noted what is not wanted any more.
    package func run() async throws -> Report {
        if let silence = await target.silence() {
            throw MigrationError(.targetUnavailable, silence, isTransient: true)
        }
        let report = Mutex(Report())
        for state in [MigrationState.recorded, .verified, .pruned] {
            try await journal.forEachRow(in: state, workers: workers) { row, worker in
                observer?
                    .migration(
                        .started(worker: worker, location: row.item.targetKey, byteCount: row.byteCount ?? 0)
                    )
                var fault = await check.fault(of: row)
                try Task.checkCancellation()
                try endIfAway(fault)
                let isUnwanted = fault?.code == .targetMismatch && isUnwanted(row)
                if isUnwanted {
                    fault = nil
                    if !journal.isReadOnly, row.state != .verified { try journal.noteRecorded(row.id, .unwanted) }
                }
                report.withLock { Self.note(row, fault, isUnwanted: isUnwanted, in: &$0) }
                if let fault { logger.warning("\(fault)", metadata: ["location": "\(row.item.location)"]) }
                observer?
                    .migration(
                        .finished(
                            worker: worker,
                            location: row.item.targetKey,
                            byteCount: row.byteCount ?? 0,
                            failure: fault?.code
                        )
                    )
            }
        }
        if !journal.isReadOnly { try await journal.writer.flush() }
        let totals = try await journal.totals()
        let amounts = try await journal.amounts()
        let noted = try await journal.complaints()
        return report.withLock { report in
            report.unusable = noted.count
            report.isInventoryUnread = noted.isReadingOpen
            report.remaining = totals.planned
            for state in [MigrationState.recorded, .verified, .pruned, .unwanted] {
                let amount = amounts[state] ?? MigrationTotals.Amount()
                report.remaining.objects -= amount.objects
                report.remaining.bytes -= amount.bytes
            }
            report.faults.sort { $0.id < $1.id }
            return report
        }
    }

    /// Throws where it is not the objects that are wrong, but the target that tells nothing of them.
    private func endIfAway(_ fault: MigrationError?) throws(MigrationError) {
        guard let fault, fault.code != .targetMismatch else { return streak.noteSuccess() }
        if streak.isTooMany(fault) { throw fault }
    }

    /// Whether somebody deleted the attachment since, or another object took this one's part: nothing has to be there.
    ///
    /// Where the catalog does not tell, the fault stands.
    private func isUnwanted(_ row: MigrationRow) -> Bool {
        guard let catalog, row.item.attachmentID != nil,
            let place = try? catalog.oldPlace(objectKey: row.item.targetKey, store: journal.source)
        else { return false }
        switch place.state {
        case .replaced, .trashed, .deleted, .gone: return true
        case .waiting, .moved: return false
        }
    }

    private static func note(
        _ row: MigrationRow,
        _ fault: MigrationError?,
        isUnwanted: Bool,
        in report: inout Report
    ) {
        let amount = MigrationTotals.Amount(objects: 1, bytes: row.byteCount ?? 0)
        report.checked.add(amount)
        if isUnwanted { report.unwanted.add(amount) }
        guard let fault else { return }
        report.faultCount += 1
        guard report.faults.count < faultLimit else { return }
        report.faults.append(
            Report.Fault(
                id: row.id,
                location: row.item.location,
                targetKey: row.item.targetKey,
                code: fault.code,
                message: fault.message
            )
        )
    }
}
