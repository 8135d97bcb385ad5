import Media

/// Keeps what is told of a long job to a few words.
struct ProgressPace {
    private var last: (percent: Int, at: Int64)?

    /// Whether it is time to tell that a job is so far; it is then taken for told.
    mutating func isDue(_ percent: Int) -> Bool {
        let now = MonotonicClock.milliseconds()
        if let last, last.percent == percent || now - last.at < JobExchange.progressMilliseconds { return false }
        last = (percent, now)
        return true
    }
}
