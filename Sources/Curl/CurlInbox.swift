import CCurl
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
        var multi: WakeableMulti?
        var hasExited = false
        var exitWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// @unchecked Sendable because curl_multi_wakeup, the only call made through it, may be made from any thread
    /// while the handle lives; the lock around `multi` sees to that.
    private struct WakeableMulti: @unchecked Sendable {
        let handle: UnsafeMutableRawPointer

        func wake() {
            curl_multi_wakeup(handle)
        }
    }

    private let state: Mutex<State>

    /// `multi` must live until `close()` has returned.
    init(waking multi: UnsafeMutableRawPointer) {
        let wakeable = WakeableMulti(handle: multi)
        state = Mutex(State(multi: wakeable))
    }

    /// Hands a command to the loop.
    ///
    /// `false` when the loop has ended.
    @discardableResult
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard let multi = state.multi else { return false }
            let wasEmpty = state.commands.isEmpty
            state.commands.append(command)
            // The loop takes all commands at once, so one wake-up serves those that come before it looks.
            if wasEmpty {
                multi.wake()
            }
            return true
        }
    }

    func requestStop() {
        state.withLock { state in
            state.isStopRequested = true
            state.multi?.wake()
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
            state.multi = nil
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
