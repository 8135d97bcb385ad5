import NIOCore
import Synchronization

/// The requests that handlers are at work on, so that the end of a shutdown's grace can cancel them.
///
/// Each handler runs in a task of its own. Cancelling that ends its work and leaves alone the connection's task, which
/// still has the answer to write: nothing can be written in a cancelled one.
final class RunningRequests: Sendable {
    private struct State {
        var areCancelled = false
        var nextID: UInt64 = 0
        var cancellations: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let gate = EventLoopExecutor.Gate()

    /// Whether `cancelAll` was called.
    var areCancelled: Bool { state.withLock(\.areCancelled) }

    /// Runs the body in a task of its own, on the thread of the request's connection, and answers its result.
    ///
    /// The caller's cancellation is passed on. A body that begins after `cancelAll` is cancelled at once.
    func run<Value: Sendable>(
        on loop: (any EventLoop)? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let executor = loop.map(executor(on:))
        let task = Task(executorPreference: executor) { [self] in
            // It may begin before this one comes to cancel it.
            if areCancelled { withUnsafeCurrentTask { $0?.cancel() } }
            return try await body()
        }
        let id = register { task.cancel() }
        defer { forget(id) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Cancels every body that runs, and each that will.
    func cancelAll() {
        let cancellations = state.withLock { state in
            state.areCancelled = true
            return Array(state.cancellations.values)
        }
        for cancel in cancellations { cancel() }
    }

    /// What runs the tasks of a connection on its thread.
    func executor(on loop: any EventLoop) -> EventLoopExecutor {
        EventLoopExecutor(loop, gate: gate)
    }

    /// Keeps what is still left of requests from the connections' threads: call it before they end.
    func leaveLoops() {
        gate.close()
    }

    private func register(_ cancel: @escaping @Sendable () -> Void) -> UInt64 {
        let (id, isLate) = state.withLock { state in
            state.nextID += 1
            state.cancellations[state.nextID] = cancel
            return (state.nextID, state.areCancelled)
        }
        if isLate { cancel() }
        return id
    }

    private func forget(_ id: UInt64) {
        state.withLock { _ = $0.cancellations.removeValue(forKey: id) }
    }
}
