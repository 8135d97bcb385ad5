import Synchronization

/// What a runner has seen of its workers since it was made.
package struct WorkerCounts: Sendable, Equatable {
    /// Jobs that were begun.
    package fileprivate(set) var jobs = 0
    /// Jobs that are under way.
    package fileprivate(set) var running = 0
    /// Servers that were started: one, and one for each that died while there was work.
    package fileprivate(set) var serverStarts = 0
    private var deathCounts: [WorkerDeath.Reason: Int] = [:]

    /// How many processes came to a bad end for a reason.
    package func deaths(_ reason: WorkerDeath.Reason) -> Int {
        deathCounts[reason, default: 0]
    }

    /// How many processes came to a bad end for any reason.
    package var deaths: Int {
        deathCounts.values.reduce(0, +)
    }

    fileprivate mutating func note(_ reason: WorkerDeath.Reason) {
        deathCounts[reason, default: 0] += 1
    }
}

/// Counts for the threads of a runner's jobs.
final class WorkerTally: Sendable {
    private let state = Mutex(WorkerCounts())

    var counts: WorkerCounts { state.withLock { $0 } }

    func note(_ reason: WorkerDeath.Reason) {
        state.withLock { $0.note(reason) }
    }

    func noteServerStart() {
        state.withLock { $0.serverStarts += 1 }
    }

    /// Counts what `body` does as a job.
    func counting<Value>(_ body: () -> Value) -> Value {
        state.withLock { counts in
            counts.jobs += 1
            counts.running += 1
        }
        defer { state.withLock { $0.running -= 1 } }
        return body()
    }
}
