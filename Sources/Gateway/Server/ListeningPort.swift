import Synchronization

/// The port that the server got from the system, for those who wait for it.
final class ListeningPort: Sendable {
    private enum State {
        case unknown(waiting: [CheckedContinuation<Int?, Never>])
        /// Nil where the server ended before it listened.
        case settled(Int?)
    }

    private let state = Mutex(State.unknown(waiting: []))

    /// The port, nil while the server does not listen.
    var number: Int? {
        state.withLock { state in
            guard case .settled(let port) = state else { return nil }
            return port
        }
    }

    /// Waits until the server listens; nil where it ended before that.
    func wait() async -> Int? {
        await withCheckedContinuation { continuation in
            let settled: Int?? = state.withLock { state in
                switch state {
                case .unknown(let waiting):
                    state = .unknown(waiting: waiting + [continuation])
                    return nil
                case .settled(let port):
                    return .some(port)
                }
            }
            if let settled { continuation.resume(returning: settled) }
        }
    }

    /// Tells everyone the port, or that there will be none.
    ///
    /// Only the first call counts.
    func settle(_ port: Int?) {
        let waiting: [CheckedContinuation<Int?, Never>] = state.withLock { state in
            guard case .unknown(let waiting) = state else { return [] }
            state = .settled(port)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: port) }
    }
}
