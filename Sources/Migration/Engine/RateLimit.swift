import Synchronization

/// Holds readers back so that all together take no more than so many bytes a second.
///
/// What the storage copies by itself, and what is read back for its proof, takes its part like what is read at the source.
/// Each takes what it has just read and then waits until that much may have been read; the limit holds over any second but
/// for one chunk a reader.
final class RateLimit: Sendable {
    private let secondsPerByte: Double
    /// So much of a copy is taken at once: readers beside it get their turn meanwhile.
    private let slice: Int64
    private let start = ContinuousClock.now
    /// When all that was taken may have been read, in seconds after the start.
    private let due = Mutex(0.0)

    init(bytesPerSecond: Int64) {
        secondsPerByte = 1 / Double(max(1, bytesPerSecond))
        slice = max(256 << 10, bytesPerSecond / 10)
    }

    /// Takes what the storage is about to copy by itself, and returns when that much may have been copied.
    func take(copying byteCount: Int64) async throws {
        var rest = byteCount
        while rest > 0 {
            try await take(Int(min(rest, slice)))
            rest -= slice
        }
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
