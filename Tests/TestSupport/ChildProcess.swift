import Foundation
import Glibc

extension Process {
    /// Starts the program with no signal blocked.
    ///
    /// The threads of Swift's tasks block most signals, and a child inherits that: a shell without SIGCHLD waits for ever, and a server
    /// without SIGTERM outlives the test that would end it.
    package func runUnblocked() throws {
        var none = sigset_t()
        sigemptyset(&none)
        var previous = sigset_t()
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try run()
    }

    /// Waits until the program has ended, ten seconds at most: one that will not die must not take the test's thread with it.
    package func waitUntilGone() {
        let deadline = ContinuousClock.now + .seconds(10)
        while isRunning, ContinuousClock.now < deadline {
            usleep(2_000)
        }
    }
}
