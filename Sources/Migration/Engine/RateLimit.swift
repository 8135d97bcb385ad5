import Synchronization

/// Holds readers back so that all together take no more than so many bytes a second.
///
/// Each takes what it has just read and then waits until that much may have been read; the limit holds over any second but
/// for one chunk a reader.
final class RateLimit: Sendable {
    private let secondsPerByte: Double
    private let start = ContinuousClock.now
    /// When all that was taken may have been read, in seconds after the start.
    private let due = Mutex(0.0)

    init(bytesPerSecond: Int64) {
        secondsPerByte = 1 / Double(max(1, bytesPerSecond))
    }

    func take(_ byteCount: Int) async throws {
        let wait = reserve(byteCount, at: start.duration(to: .now) / .seconds(1))
        if wait > 0 { try await Task.sleep(for: .seconds(wait)) }
    }

    /// How long to wait, in seconds, for bytes that were read at a time after the start.
    func reserve(_ byteCount: Int, at now: Double) -> Double {
        due.withLock { due in
            // What was not used while nothing was read is not made up for.
            due = max(due, now) + Double(byteCount) * secondsPerByte
            return due - now
        }
    }
}
