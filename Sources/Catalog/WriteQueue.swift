import Dispatch
import GRDB
import Synchronization

/// Puts the writes that come in while one is being committed into the next transaction together.
///
/// A durable commit waits for the disk, and SQLite commits one at a time: many small uploads at once would wait in line for
/// it. Each write keeps its own fate: it runs in a savepoint, and what it throws takes back its own changes alone.
final class WriteQueue: Sendable {
    /// One write, and whom to tell how it ended.
    struct Entry: Sendable {
        let perform: @Sendable (Database) throws -> Void
        /// Called once, after the commit; the error is nil where the changes are durable.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        var waiting: [Entry] = []
        var isCommitting = false
    }

    private static let largestBatch = 64
    private let pool: DatabasePool
    private let observer: (any CatalogObserver)?
    private let state = Mutex(State())
    /// Commits wait for the disk, which is no work for a thread that runs tasks.
    private let queue = DispatchQueue(label: "catalog.commits")

    init(pool: DatabasePool, observer: (any CatalogObserver)? = nil) {
        self.pool = pool
        self.observer = observer
    }

    /// How many writes wait for the transaction after the one under way.
    var waitingCount: Int { state.withLock(\.waiting.count) }

    func add(_ entry: Entry) {
        let isFirst = state.withLock { state in
            state.waiting.append(entry)
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if isFirst { queue.async { self.commitAll() } }
    }

    private func commitAll() {
        while let batch = nextBatch() {
            let outcomes: [(any Error)?]
            let start = ContinuousClock.now
            do {
                outcomes = try pool.write { db in try Self.run(batch, in: db) }
            } catch {
                outcomes = Array(repeating: error, count: batch.count)
            }
            observer?.catalogCommit(of: outcomes.map(CatalogWriteOutcome.init), after: start.duration(to: .now))
            for (entry, error) in zip(batch, outcomes) { entry.finish(error) }
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

    /// The outcome of each; throws where the transaction as a whole is lost.
    private static func run(_ batch: [Entry], in db: Database) throws -> [(any Error)?] {
        guard batch.count > 1 else {
            try batch.first?.perform(db)
            return [nil]
        }
        return try batch.map { entry in
            // GRDB's own savepoints are compiled anew each time.
            try db.run(sql: "SAVEPOINT entry")
            do {
                try entry.perform(db)
                try db.run(sql: "RELEASE SAVEPOINT entry")
                return nil
            } catch {
                // A full disk, for one, ends the transaction: what came before is lost as well, and nothing may follow.
                guard db.isInsideTransaction else { throw error }
                try db.run(sql: "ROLLBACK TRANSACTION TO SAVEPOINT entry")
                try db.run(sql: "RELEASE SAVEPOINT entry")
                return error
            }
        }
    }
}
