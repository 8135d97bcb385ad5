package import Foundation

/// What a migration remembers: one row an object, in an SQLite file of its own.
///
/// Commits are durable and go in groups. One run at a time has the journal to itself. All methods throw `MigrationError`.
package final class MigrationJournal: Sendable {
    /// The file.
    package var path: String { "" }
    /// The identity of the store that everything comes from.
    package var source: String { "" }
    /// The identity of the store that everything goes to.
    package var target: String { "" }

    /// Opens the journal of a migration, or begins one, and keeps others from running it while the value lives.
    ///
    /// Throws `journal` where the file is no journal, is of a newer schema, belongs to another source or target, or is in use
    /// by another run; `invalidArgument` where source and target are the same place.
    package static func open(path: String, source: String, target: String) throws(MigrationError) -> MigrationJournal {
        throw MigrationError(.journal, "")
    }

    /// Opens a journal that there is for looking at it, also while a run goes on; what writes throws.
    ///
    /// Throws `journal` where there is none.
    package static func openForReading(path: String) throws(MigrationError) -> MigrationJournal {
        throw MigrationError(.journal, "")
    }

    /// Takes in what is to be moved and returns how many were new; what is there already is left as it is.
    ///
    /// Of two items with one target key the second is kept as a `conflict`, and so is a key that no storage can take.
    package func add(_ items: [MigrationItem]) async throws(MigrationError) -> Int {
        throw MigrationError(.journal, "")
    }

    /// How far the migration is.
    package func totals() async throws(MigrationError) -> MigrationTotals {
        throw MigrationError(.journal, "")
    }

    /// How many objects, of how many bytes, are in each state.
    package func amounts() async throws(MigrationError) -> [MigrationState: MigrationTotals.Amount] { [:] }

    /// How many objects, of how many bytes, were proved in each way.
    package func proofs() async throws(MigrationError) -> [MigrationProof: MigrationTotals.Amount] { [:] }

    /// The rows after a number, in their order; all states, or one.
    package func rows(
        state: MigrationState? = nil,
        after id: Int64 = 0,
        limit: Int = 1000
    ) async throws(MigrationError) -> [MigrationRow] { [] }

    /// The rows that failed, are missing or in conflict, or could not be recorded, in their order.
    package func failures(after id: Int64 = 0, limit: Int = 1000) async throws(MigrationError) -> [MigrationRow] { [] }

    /// The failures counted by their code, the most frequent first.
    package func failureKinds() async throws(MigrationError) -> [MigrationFailureKind] { [] }

    /// What arrived when: the time from the first arrival to the last in so many stretches; empty where nothing arrived.
    package func speed(buckets: Int) async throws(MigrationError) -> [MigrationSpeed] { [] }

    /// The runs so far, in their order.
    package func runs() async throws(MigrationError) -> [MigrationRunRecord] { [] }

    /// Has what failed, is missing or in conflict tried again by the next run, and returns how many; nil stands for all codes.
    ///
    /// A key that two items want stays a conflict.
    package func retry(_ codes: Set<MigrationError.Code>? = nil) async throws(MigrationError) -> Int { 0 }

    /// Has the catalog told anew of everything that arrived, by the next run and without copying: after a rollback.
    package func forgetRecords() async throws(MigrationError) -> Int { 0 }
}
