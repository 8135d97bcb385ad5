import Synchronization

/// Lets so many media jobs run at a time; the others wait, fairly.
///
/// Users take turns, whatever each has waiting; one user's jobs run in the order in which they came. So the files of
/// one who sends many hold up nobody else's for longer than those that run.
///
/// How many may wait is bounded, for each holds a copy of its file. Where there is no more room, the job that came last
/// of the user with the most waiting has to leave, be that the new one: it throws ``MediaQueueFull``.
///
/// A task that is cancelled while it waits leaves the queue without a turn.
final class MediaQueue: Sendable {
    private enum Outcome {
        case turn
        case cancelled
        case displaced
    }

    private struct Waiter {
        let id: UInt64
        /// Takes room of the bound, and may have to leave for another.
        let isBounded: Bool
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var free: Int
        var nextID: UInt64 = 0
        var waiters: [String: [Waiter]] = [:]
        /// The users with waiters, in the order of their turns.
        var turns: [String] = []

        func boundedCount(of user: String) -> Int {
            waiters[user, default: []].count(where: \.isBounded)
        }
    }

    private let bound: Int
    private let state: Mutex<State>

    /// Makes a queue for `count` jobs at a time, and `bound` that wait.
    init(count: Int, bound: Int) {
        self.bound = max(bound, 0)
        state = Mutex(State(free: max(count, 1)))
    }

    /// How many jobs wait.
    var waitingCount: Int {
        state.withLock { state in state.waiters.values.reduce(0) { $0 + $1.count } }
    }

    /// Runs `body` when it is the user's turn.
    ///
    /// Throws `MediaQueueFull` where the job finds no room, or has to leave it; one that is not bounded always waits.
    /// Throws CancellationError when cancelled while waiting.
    func withTurn<Value>(
        of user: String,
        isBounded: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        switch await waitForTurn(of: user, isBounded: isBounded) {
        case .cancelled: throw CancellationError()
        case .displaced: throw MediaQueueFull()
        case .turn: break
        }
        defer { endTurn() }
        return try await body()
    }

    private func waitForTurn(of user: String, isBounded: Bool) async -> Outcome {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(id: id, isBounded: isBounded, continuation: continuation)
                let (settled, outcome) = state.withLock { enter(waiter, of: user, &$0) }
                settled?.continuation.resume(returning: outcome)
            }
        } onCancel: {
            let waiter = state.withLock { remove(id, of: user, &$0) }
            waiter?.continuation.resume(returning: .cancelled)
        }
    }

    /// Takes a waiter in; answers whom there is something to tell at once, and what.
    private func enter(_ waiter: Waiter, of user: String, _ state: inout State) -> (Waiter?, Outcome) {
        // The handler runs after the task is marked: either it finds the waiter, or this sees the mark.
        if Task.isCancelled { return (waiter, .cancelled) }
        if state.free > 0 {
            state.free -= 1
            return (waiter, .turn)
        }
        var displaced: Waiter?
        if waiter.isBounded, boundedCount(in: state) >= bound {
            guard let other = userToDisplace(for: user, in: state) else { return (waiter, .displaced) }
            displaced = state.waiters[other]?.last(where: \.isBounded)
                .flatMap { remove($0.id, of: other, &state) }
        }
        if state.waiters[user] == nil { state.turns.append(user) }
        state.waiters[user, default: []].append(waiter)
        return (displaced, .displaced)
    }

    private func boundedCount(in state: State) -> Int {
        state.turns.reduce(0) { $0 + state.boundedCount(of: $1) }
    }

    /// The user with the most waiting, if that is more than `user` will have; of equals the one whose turn comes last.
    private func userToDisplace(for user: String, in state: State) -> String? {
        let most = state.turns.reversed().max { state.boundedCount(of: $0) < state.boundedCount(of: $1) }
        guard let most, state.boundedCount(of: most) > state.boundedCount(of: user) + 1 else { return nil }
        return most
    }

    private func remove(_ id: UInt64, of user: String, _ state: inout State) -> Waiter? {
        guard let index = state.waiters[user]?.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = state.waiters[user]?.remove(at: index)
        forgetIfEmpty(user, &state)
        return waiter
    }

    private func forgetIfEmpty(_ user: String, _ state: inout State) {
        guard state.waiters[user]?.isEmpty == true else { return }
        state.waiters[user] = nil
        state.turns.removeAll { $0 == user }
    }

    private func endTurn() {
        let next: Waiter? = state.withLock { state in
            guard let user = state.turns.first else {
                state.free += 1
                return nil
            }
            state.turns.append(state.turns.removeFirst())
            let waiter = state.waiters[user]?.removeFirst()
            forgetIfEmpty(user, &state)
            return waiter
        }
        next?.continuation.resume(returning: .turn)
    }
}

/// There is no room to wait for the media worker: the job runs later, from the catalog.
struct MediaQueueFull: Error, CustomStringConvertible {
    var description: String { "The queue for the media worker is full." }
}
