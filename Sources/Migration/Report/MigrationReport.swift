package import Foundation

/// What a report on a migration tells, as one value; `ReportPage` makes a page of it.
package struct MigrationReport: Sendable, Codable, Equatable {
    /// A sum under a name: a kind of file, or a way of verifying.
    package struct Share: Sendable, Codable, Equatable {
        /// What is summed up.
        package var name: String
        /// How many and how much.
        package var amount: MigrationTotals.Amount

        /// Makes a value.
        package init(name: String, amount: MigrationTotals.Amount) {
            self.name = name
            self.amount = amount
        }
    }

    /// What arrived within a stretch of time.
    package struct Stretch: Sendable, Codable, Equatable {
        /// Its beginning.
        package var begin: Date
        /// How long it is, in seconds.
        package var seconds: Double
        /// What arrived in it.
        package var amount: MigrationTotals.Amount

        /// Makes a value.
        package init(begin: Date, seconds: Double, amount: MigrationTotals.Amount) {
            self.begin = begin
            self.seconds = seconds
            self.amount = amount
        }
    }

    /// An object that did not arrive.
    package struct Failure: Sendable, Codable, Equatable {
        /// Where it is in the source.
        package var location: String
        /// The key that it was to get.
        package var targetKey: String
        /// Its length, where it is known.
        package var byteCount: Int64?
        /// Why the last attempt failed.
        package var code: MigrationError.Code
        /// The same in words.
        package var message: String
        /// How often it was tried.
        package var attempts: Int

        /// Makes a value.
        package init(
            location: String,
            targetKey: String,
            byteCount: Int64?,
            code: MigrationError.Code,
            message: String,
            attempts: Int
        ) {
            self.location = location
            self.targetKey = targetKey
            self.byteCount = byteCount
            self.code = code
            self.message = message
            self.attempts = attempts
        }
    }

    /// The identity of the place that the objects come from.
    package var source: String
    /// The identity of the place that they go to.
    package var target: String
    /// When the report was made.
    package var madeAt: Date
    /// How the run ended, in a sentence.
    package var outcome: String
    /// How far the migration is.
    package var totals: MigrationTotals
    /// What arrived, by kind.
    package var kinds: [Share] = []
    /// What arrived, by how it was verified.
    package var verifications: [Share] = []
    /// What arrived over time, oldest first.
    package var stretches: [Stretch] = []
    /// What did not arrive; of very many the first.
    package var failures: [Failure] = []
    /// What the inventory complained of; of very many the first.
    package var complaints: [MigrationComplaint] = []
    /// How much the inventory complained of in all.
    package var complaintCount: Int64 = 0

    /// A report without lists.
    package init(source: String, target: String, madeAt: Date, outcome: String, totals: MigrationTotals) {
        self.source = source
        self.target = target
        self.madeAt = madeAt
        self.outcome = outcome
        self.totals = totals
    }
}
