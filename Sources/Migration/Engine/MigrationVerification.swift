package import Logging

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

    /// Asks for each object's head; with `isDeep`, reads and hashes it too.
    package init(
        journal: MigrationJournal,
        target: MigrationTarget,
        isDeep: Bool,
        workers: Int = 8,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {}

    /// Looks at everything; throws `journal` alone, for what the target does not tell is a fault in the report.
    package func run() async throws -> Report { Report() }
}
