import Dispatch
import GRDB
import Glibc
import Synchronization

/// Puts the writes that come in while one is being committed into the next transaction together.
///
/// A durable commit waits for the disk, and SQLite commits one at a time: many small uploads at once would wait in line for
/// it. Each write keeps its own fate: what it throws takes back its own changes alone.
final class WriteQueue: Sendable {
    /// One write, and whom to tell how it ended.
    struct Entry: Sendable {
        /// Called again where another of the same transaction throws: what it did the first time has been taken back then.
        let perform: @Sendable (Database) throws -> Void
        /// Called once, after the commit; the error is nil where the changes are durable.
        let finish: @Sendable ((any Error)?) -> Void
        /// Whether many others like it are on their way, so that the commit after its own may wait a moment for more of them.
        var isOfCrowd = false
    }

    private struct State {
        var waiting: [Entry] = []
        var isCommitting = false
    }

    private static let largestBatch = 64
    /// However slow the disk is, nobody waits longer for others to come along.
    private static let longestPause = Duration.milliseconds(3)
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
            let start = ContinuousClock.now
            let outcomes = commit(batch)
            let duration = start.duration(to: .now)
            observer?.catalogCommit(of: outcomes.map(CatalogWriteOutcome.init), after: duration)
            for (entry, error) in zip(batch, outcomes) { entry.finish(error) }
            // Where as many wait as one commit takes, nobody is waited for.
            if batch.allSatisfy(\.isOfCrowd), waitingCount < Self.largestBatch {
                Self.pause(for: min(duration, Self.longestPause))
            }
        }
    }

    /// Lets writes gather: what a commit costs the processor and the disk hardly depends on how many share it.
    ///
    /// As long as the last commit took, so that those who wait do so for two commits in the place of one at most.
    private static func pause(for duration: Duration) {
        usleep(UInt32(duration / .microseconds(1)))
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

    /// The outcome of each.
    ///
    /// First they run one after the other with nothing between them. Where one throws, nothing of this was kept, and they run again,
    /// each in a savepoint: that costs a copy of every page that is changed, and writes seldom throw.
    private func commit(_ batch: [Entry]) -> [(any Error)?] {
        var isThrown = false
        do {
            try pool.write { db in
                for entry in batch {
                    do {
                        try entry.perform(db)
                    } catch {
                        isThrown = true
                        throw error
                    }
                }
            }
            return Array(repeating: nil, count: batch.count)
        } catch {
            // What the commit itself refuses is refused for all.
            guard isThrown, batch.count > 1 else { return Array(repeating: error, count: batch.count) }
        }
        do {
            return try pool.write { db in try Self.runApart(batch, in: db) }
        } catch {
            return Array(repeating: error, count: batch.count)
        }
    }

    /// The outcome of each; throws where the transaction as a whole is lost.
    private static func runApart(_ batch: [Entry], in db: Database) throws -> [(any Error)?] {
        try batch.map { entry in
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
