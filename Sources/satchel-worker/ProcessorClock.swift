import Glibc

/// The processor time that this process has used: a measure of effort on which other processes have no influence.
enum ProcessorClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
