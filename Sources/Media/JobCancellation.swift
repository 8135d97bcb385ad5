import CProcess
import Synchronization

/// Wakes the thread that waits for a job's result when the job's task is cancelled; the worker then kills the child.
final class JobCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var socket: Int32?
    }

    private let state = Mutex(State())

    var isCancelled: Bool {
        state.withLock { $0.isCancelled }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            if let socket = state.socket { satchel_end_socket(socket) }
        }
    }

    /// Runs `body` while a cancellation ends `socket`.
    ///
    /// The lock keeps a closed and reused number out of reach.
    func whileEnding<Value>(_ socket: Int32, _ body: () -> Value) -> Value {
        state.withLock { state in
            state.socket = socket
            if state.isCancelled { satchel_end_socket(socket) }
        }
        defer { state.withLock { $0.socket = nil } }
        return body()
    }
}
