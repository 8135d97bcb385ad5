import Synchronization

/// A counting semaphore for tasks, first come first served.
///
/// A task that is cancelled while it waits leaves the queue without a permit.
final class Permits: Sendable {
    private enum Outcome {
        case granted
        case cancelled
        case late
    }

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var free: Int
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(free: max(count, 1)))
    }

    /// Runs `body` while holding one permit; throws CancellationError when cancelled while waiting for it, and the given error where
    /// there is none by the deadline.
    func withPermit<Value>(
        until deadline: ContinuousClock.Instant? = nil,
        orThrow delay: @autoclosure () -> any Error = CancellationError(),
        _ body: () async throws -> Value
    ) async throws -> Value {
        switch await acquire(until: deadline) {
        case .granted: break
        case .cancelled: throw CancellationError()
        case .late: throw delay()
        }
        defer { release() }
        return try await body()
    }

    private func acquire(until deadline: ContinuousClock.Instant?) async -> Outcome {
        // Most find one free, and need nothing to wait with.
        let isTaken = state.withLock { state in
            guard state.free > 0, !Task.isCancelled else { return false }
            state.free -= 1
            return true
        }
        if isTaken { return .granted }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                dismiss(id, .late)
            }
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome: Outcome? = state.withLock { state in
                    // The handler below runs after the task is marked: either it finds the waiter, or this sees the mark.
                    if Task.isCancelled { return .cancelled }
                    if state.free > 0 {
                        state.free -= 1
                        return .granted
                    }
                    // So with the timer, which may be at its end before anybody waits.
                    if let deadline, deadline <= .now { return .late }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            dismiss(id, .cancelled)
        }
    }

    /// Ends a wait, if it has not ended yet.
    private func dismiss(_ id: UInt64, _ outcome: Outcome) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: outcome)
    }

    private func release() {
        let next: Waiter? = state.withLock { state in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.free += 1
            return nil
        }
        next?.continuation.resume(returning: .granted)
    }
}
