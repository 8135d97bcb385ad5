/// How fast the body of a request must come.
///
/// Only the time counts in which the server waits for the client: a storage that holds the server up is not the client's
/// fault.
package struct BodyPace: Sendable, Equatable {
    /// The least number of bytes a second, as a mean over a window; 0 for none.
    package var bytesPerSecond: Int64
    /// How much longer than the others the first window is.
    package var grace: Duration
    /// Over how much waiting the mean is taken.
    package var window: Duration
    /// How long nothing at all may come.
    package var silence: Duration

    /// Makes a pace with the documented defaults.
    package init(
        bytesPerSecond: Int64 = 1024,
        grace: Duration = .seconds(10),
        window: Duration = .seconds(10),
        silence: Duration = .seconds(30)
    ) {
        self.bytesPerSecond = bytesPerSecond
        self.grace = grace
        self.window = window
        self.silence = silence
    }
}

/// Holds one body to its pace; a value without a clock of its own.
struct PaceMeter: Sendable {
    enum Verdict: Equatable {
        case tooSlow
        /// Nothing can be said before this much more time.
        case fine(lookAgainAfter: Duration)
    }

    private let pace: BodyPace
    /// The bytes that a window must bring.
    private let leastByteCount: Double
    /// The waiting of the window under way; below zero during the grace.
    private var waited: Duration
    private var byteCount: Int64 = 0
    private var waitingSince: ContinuousClock.Instant?

    init(_ pace: BodyPace) {
        self.pace = pace
        leastByteCount = Double(pace.bytesPerSecond) * (pace.window / .seconds(1))
        waited = .zero - pace.grace
    }

    /// The server begins to wait for bytes.
    mutating func beginWaiting(at now: ContinuousClock.Instant) {
        waitingSince = now
    }

    /// So many bytes came.
    mutating func endWaiting(at now: ContinuousClock.Instant, byteCount count: Int) {
        if let since = waitingSince { waited += since.duration(to: now) }
        waitingSince = nil
        byteCount += Int64(count)
        guard waited >= pace.window, Double(byteCount) >= leastByteCount else { return }
        waited = .zero
        byteCount = 0
    }

    /// Whether the body has come fast enough so far.
    func verdict(at now: ContinuousClock.Instant) -> Verdict {
        let silent = waitingSince.map { $0.duration(to: now) } ?? .zero
        if silent >= pace.silence { return .tooSlow }
        let left = pace.window - waited - silent
        if left <= .zero, Double(byteCount) < leastByteCount { return .tooSlow }
        let untilSilence = pace.silence - silent
        return .fine(lookAgainAfter: max(left > .zero ? min(left, untilSilence) : untilSilence, Self.shortestLook))
    }

    private static let shortestLook = Duration.milliseconds(50)
}
