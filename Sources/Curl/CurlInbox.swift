import Synchronization

/// The way into the loop's thread: commands under a lock, and the wake-up of its poll.
final class CurlInbox: Sendable {
    /// What the loop can be asked to do about a transfer.
    ///
    /// Unknown and ended transfers are passed over.
    enum Command: Sendable {
        case start(Transfer)
        /// The reader has taken what was buffered.
        case resumeReceive(Transfer)
        /// The upload stream has bytes again, or its end.
        case resumeSend(Transfer)
        /// The response is whole although the request is not: nothing more is to be sent.
        case endEarly(Transfer)
        case abort(Transfer, AbortReason)
    }

    enum AbortReason: Sendable {
        case cancelled
        case bodyReadFailed(String)
    }

    private struct State {
        var commands: [Command] = []
        var isStopRequested = false
        /// `nil` once the loop has ended: nothing may be woken any more.
        var wakeUp: WakeUp?
        var hasExited = false
        var exitWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// What is woken must live until `close()` has returned.
    init(waking wakeUp: WakeUp) {
        state = Mutex(State(wakeUp: wakeUp))
    }

    /// Hands a command to the loop.
    ///
    /// `false` when the loop has ended.
    @discardableResult
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard let wakeUp = state.wakeUp else { return false }
            let wasEmpty = state.commands.isEmpty
            state.commands.append(command)
            // The loop takes all commands at once, so one wake-up serves those that come before it looks.
            if wasEmpty {
                wakeUp.call()
            }
            return true
        }
    }

    func requestStop() {
        state.withLock { state in
            state.isStopRequested = true
            state.wakeUp?.call()
        }
    }

    /// The loop's: what has come in since the last time, `nil` when it shall stop.
    func drain() -> [Command]? {
        state.withLock { state in
            guard !state.isStopRequested else { return nil }
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// The loop's: accepts nothing more, and returns what was not looked at.
    func close() -> [Command] {
        state.withLock { state in
            state.wakeUp = nil
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// The loop's last act.
    func markExited() {
        let waiters = state.withLock { state in
            state.hasExited = true
            let waiters = state.exitWaiters
            state.exitWaiters = []
            return waiters
        }
        for waiter in waiters {
            waiter.resume()
        }
    }

    func waitForExit() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasExited = state.withLock { state in
                if !state.hasExited {
                    state.exitWaiters.append(continuation)
                }
                return state.hasExited
            }
            if hasExited {
                continuation.resume()
            }
        }
    }
}
