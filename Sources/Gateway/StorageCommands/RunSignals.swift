import Glibc
import UnixSignals

/// What signals do to long work that can be stopped, paused and resumed.
///
/// SIGINT, SIGTERM and SIGHUP stop it: what is under way may end within a grace, then the work is cancelled. A second one ends
/// the process at once. SIGUSR1 pauses and SIGUSR2 resumes. SIGTSTP (Ctrl-Z) does what it always does.
package struct RunSignals: Sendable {
    /// How long what is under way may take after a stop.
    package var grace: Duration
    /// With what the process ends at the second signal.
    package var exitCode: Int32
    /// Called at the first signal to stop: nothing new is to be begun.
    package var stop: @Sendable () -> Void
    /// Called when the grace is over and the work is cancelled.
    package var giveUp: @Sendable () -> Void
    /// Called at SIGUSR1.
    package var pause: @Sendable () -> Void
    /// Called at SIGUSR2.
    package var resume: @Sendable () -> Void

    /// Says what the signals do.
    package init(
        grace: Duration,
        exitCode: Int32,
        stop: @escaping @Sendable () -> Void,
        giveUp: @escaping @Sendable () -> Void = {},
        pause: @escaping @Sendable () -> Void = {},
        resume: @escaping @Sendable () -> Void = {}
    ) {
        self.grace = grace
        self.exitCode = exitCode
        self.stop = stop
        self.giveUp = giveUp
        self.pause = pause
        self.resume = resume
    }

    /// Runs work under these signals, and answers with what it gives, or throws what it throws.
    package func steering<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // A reader of our output that goes away must not end the run: what cannot be shown is lost.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigusr1, .sigusr2)
        let task = Task { try await work() }
        let watch = Task {
            var isStopping = false
            for await signal in signals {
                switch signal {
                case .sigusr1:
                    pause()
                case .sigusr2:
                    resume()
                case _ where isStopping:
                    // No handlers, no flushing: whoever signals twice does not want to wait.
                    _exit(exitCode)
                default:
                    isStopping = true
                    stop()
                    cancelLater(task)
                }
            }
        }
        defer { watch.cancel() }
        return try await task.value
    }

    private func cancelLater(_ task: Task<some Sendable, any Error>) {
        let (grace, giveUp) = (grace, giveUp)
        Task {
            try await Task.sleep(for: grace)
            giveUp()
            task.cancel()
        }
    }
}
