import Catalog
import Synchronization

/// Deletions that requests wait for: those that come while others are under way go together with the next.
///
/// Nothing waits where nothing is under way, and many deletions at once are few requests to the storage.
final class JoinedDeletions: Sendable {
    private struct Entry {
        let job: Job
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var waiting: [Entry] = []
        var lotsUnderWay = 0
    }

    private let state = Mutex(State())

    /// So many lots are under way at a time: one that takes long does not hold up all others.
    private static let lotsAtOnce = 2

    /// How many wait for a lot.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Does the job with others that wait, and answers whether `work` tells that it is done.
    func run(_ job: Job, _ work: @escaping @Sendable ([Job]) async -> Set<Int64>) async -> Bool {
        await withCheckedContinuation { continuation in
            let begins = state.withLock { state -> Bool in
                state.waiting.append(Entry(job: job, continuation: continuation))
                guard state.lotsUnderWay < Self.lotsAtOnce else { return false }
                state.lotsUnderWay += 1
                return true
            }
            if begins { Task { await workOff(work) } }
        }
    }

    private func workOff(_ work: @Sendable ([Job]) async -> Set<Int64>) async {
        while true {
            let lot = takeLot()
            guard !lot.isEmpty else { return }
            let done = await work(lot.map(\.job))
            for entry in lot { entry.continuation.resume(returning: done.contains(entry.job.id)) }
        }
    }

    /// What one request takes, the longest waiting first; where nothing waits, the lot is over.
    private func takeLot() -> [Entry] {
        state.withLock { state in
            var keyCount = 0
            let lot = state.waiting.prefix { entry in
                defer { keyCount += entry.job.objectKeys.count }
                return keyCount == 0 || keyCount + entry.job.objectKeys.count <= JobLane.lotKeyCount
            }
            state.waiting.removeFirst(lot.count)
            if lot.isEmpty { state.lotsUnderWay -= 1 }
            return Array(lot)
        }
    }
}
