import Glibc

/// The clock that deadlines are kept by; plain numbers, for code that must not touch Swift's concurrency.
package enum MonotonicClock {
    /// Milliseconds since some moment in the past.
    package static func milliseconds() -> Int64 { microseconds() / 1_000 }

    /// Microseconds since the same moment.
    package static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
