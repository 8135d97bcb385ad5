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
        }

        /// What was looked at.
        package var checked = MigrationTotals.Amount()
        /// What is not right.
        package var faultCount: Int64 = 0
        /// The first thousand faults.
        package var faults: [Fault] = []
        /// What has not arrived yet, and was not looked at.
        package var remaining = MigrationTotals.Amount()

        /// Nothing was looked at.
        package init() {}
    }

    private static let faultLimit = 1000
    private let journal: MigrationJournal
    private let check: TargetCheck
    private let workers: Int
    private let observer: (any MigrationObserver)?
    private let logger: Logger

    /// Asks for each object's head; with `isDeep`, reads and hashes it too.
    package init(
        journal: MigrationJournal,
        target: MigrationTarget,
        isDeep: Bool,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        self.journal = journal
        check = TargetCheck(journal: journal, client: target.client, isDeep: isDeep)
        self.workers = workers
        self.observer = observer
        self.logger = logger
    }

    /// Looks at everything; what the target does not tell is a fault in the report.
    ///
    /// Throws `journal` alone, or `CancellationError`. A journal that was opened for reading is enough.
    package func run() async throws -> Report {
        let report = Mutex(Report())
        for state in [MigrationState.recorded, .verified, .pruned] {
            try await journal.forEachRow(in: state, workers: workers) { row, worker in
                observer?
                    .migration(
                        .started(worker: worker, location: row.item.targetKey, byteCount: row.byteCount ?? 0)
                    )
                let fault = await check.fault(of: row)
                report.withLock { Self.note(row, fault, in: &$0) }
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
        let totals = try await journal.totals()
        let amounts = try await journal.amounts()
        return report.withLock { report in
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

    private static func note(_ row: MigrationRow, _ fault: MigrationError?, in report: inout Report) {
        report.checked.add(MigrationTotals.Amount(objects: 1, bytes: row.byteCount ?? 0))
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
