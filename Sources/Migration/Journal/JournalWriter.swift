import Dispatch
import GRDB
import Synchronization

/// Writes to the journal in groups: the disk is waited for once for many rows.
///
/// What need not be durable at once waits a few milliseconds for company. The first failure ends the writing: what was
/// added then fails too, for a run without its journal must not go on.
final class JournalWriter: Sendable {
    typealias Change = @Sendable (Database) throws -> Void

    private struct Entry {
        let change: Change
        /// Called once, after the commit.
        let finish: (@Sendable ((any Error)?) -> Void)?
    }

    private struct State {
        var waiting: [Entry] = []
        var isCommitting = false
        var isScheduled = false
        var failure: (any Error)?
    }

    private static let patience = DispatchTimeInterval.milliseconds(20)
    private static let largestBatch = 512
    private let pool: DatabasePool
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "migration.journal")

    init(pool: DatabasePool) {
        self.pool = pool
    }

    /// How many changes wait for their commit.
    var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Makes a change with the next group; throws where an earlier one was lost.
    func add(_ change: @escaping Change) throws(MigrationError) {
        let failure = state.withLock { state -> (any Error)? in
            if let failure = state.failure { return failure }
            state.waiting.append(Entry(change: change, finish: nil))
            start(&state, isUrgent: state.waiting.count >= Self.largestBatch)
            return nil
        }
        if let failure { throw MigrationError(journal: failure, path: pool.path) }
    }

    /// Makes a change, and returns when it and all that were added before are durable.
    func commit(_ change: @escaping Change) async throws(MigrationError) {
        let failure = await withCheckedContinuation { continuation in
            let known = state.withLock { state -> (any Error)? in
                if let failure = state.failure { return failure }
                state.waiting.append(Entry(change: change) { continuation.resume(returning: $0) })
                start(&state, isUrgent: true)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
        if let failure { throw MigrationError(journal: failure, path: pool.path) }
    }

    /// Returns when everything that was added is durable.
    func flush() async throws(MigrationError) {
        try await commit { _ in }
    }

    private func start(_ state: inout State, isUrgent: Bool) {
        guard !state.isCommitting else { return }
        if isUrgent {
            state.isCommitting = true
            queue.async { self.commitAll() }
        } else if !state.isScheduled {
            state.isScheduled = true
            queue.asyncAfter(deadline: .now() + Self.patience) { self.commitWhatWaits() }
        }
    }

    private func commitWhatWaits() {
        let begins = state.withLock { state in
            state.isScheduled = false
            guard !state.isCommitting, !state.waiting.isEmpty else { return false }
            state.isCommitting = true
            return true
        }
        if begins { commitAll() }
    }

    private func commitAll() {
        while let batch = nextBatch() {
            var failure: (any Error)?
            do {
                try pool.write { db in
                    for entry in batch { try entry.change(db) }
                }
            } catch {
                failure = error
                state.withLock { $0.failure = $0.failure ?? error }
            }
            for entry in batch { entry.finish?(failure) }
        }
    }

    private func nextBatch() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isCommitting = false
                return nil
            }
            let batch = Array(state.waiting.prefix(Self.largestBatch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}

extension MigrationError {
    /// What SQLite, or the file system below it, said of the journal.
    init(journal error: any Error, path: String) {
        if let known = error as? MigrationError {
            self = known
        } else if let fault = LocalFault(path, storing: error) {
            self.init(.journal, "the journal \(fault)")
        } else {
            self.init(.journal, "the journal \(path): \(error)")
        }
    }
}
