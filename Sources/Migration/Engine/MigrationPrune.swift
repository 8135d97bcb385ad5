package import Foundation
package import Logging

/// Deletes at the source what has arrived: of everything that there is the only thing that does.
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

    /// What was recorded at least `minAge` ago.
    package init(
        journal: MigrationJournal,
        source: any ObjectStore,
        target: MigrationTarget,
        minAge: Duration,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {}

    /// Counts what `run` would look at; nothing is deleted.
    package func candidates() async throws -> MigrationTotals.Amount { MigrationTotals.Amount() }

    /// Looks at each object in the target once more, and deletes it at the source where it is right there.
    ///
    /// The caller has asked the operator.
    package func run() async throws -> Report { Report() }
}
