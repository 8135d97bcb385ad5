import Glibc
import UnixSignals

/// SIGINT and SIGTERM as a cancellation, for commands that have something to clean up.
package enum Interruption {
    /// Runs work that the first of these signals cancels; the second one ends the program at once.
    package static func cancelling<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let task = Task { try await work() }
        let watch = Task {
            var isCancelled = false
            for await _ in signals {
                guard !isCancelled else { exit(1) }
                isCancelled = true
                task.cancel()
            }
        }
        defer { watch.cancel() }
        return try await task.value
    }
}
