import Synchronization

/// Remembers that the storage is down, so that calls fail at once instead of each waiting for its own timeouts.
///
/// Closed, it lets every call through and counts failures in a row; an answer of any kind begins the count anew. Open, it
/// refuses; when a pause is over one caller is let through to probe, and its success closes the circuit. The pause
/// doubles with each probe that fails.
final class S3Circuit: Sendable {
    enum Admission: Sendable {
        case open
        /// The caller probes the storage, and then says how that went.
        case probe
        case refused(for: Duration)
    }

    private struct State {
        var failureCount = 0
        /// When the next probe is due; nil while calls go through.
        var nextProbe: ContinuousClock.Instant?
        var pause = Duration.zero
        var isProbing = false
    }

    private let policy: S3CircuitPolicy
    private let state = Mutex(State())

    init(policy: S3CircuitPolicy) {
        self.policy = policy
    }

    /// What a call may do now.
    ///
    /// After `probe` the caller owes `noteAnswer`, `noteFailedProbe` or `abandonProbe`.
    func admission(at now: ContinuousClock.Instant = .now) -> Admission {
        state.withLock { state in
            guard let nextProbe = state.nextProbe else { return .open }
            guard !state.isProbing else { return .refused(for: policy.probeInterval) }
            guard nextProbe <= now else { return .refused(for: now.duration(to: nextProbe)) }
            state.isProbing = true
            return .probe
        }
    }

    /// How long a call would be refused now; nil where it would go through, if only as a probe.
    var refusal: Duration? {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard let nextProbe = state.nextProbe, nextProbe > now else { return nil }
            return now.duration(to: nextProbe)
        }
    }

    /// Whether calls are refused, or probe first.
    var isOpen: Bool { state.withLock { $0.nextProbe != nil } }

    /// The storage answered: whatever it said, it is there.
    func noteAnswer() {
        state.withLock { $0 = State() }
    }

    /// A call got no answer, or one that says that the storage cannot work.
    func noteFailure() {
        state.withLock { state in
            state.failureCount += 1
            guard state.nextProbe == nil, state.failureCount >= policy.failureCount else { return }
            state.pause = policy.probeInterval
            state.nextProbe = .now.advanced(by: state.pause)
        }
    }

    func noteFailedProbe() {
        state.withLock { state in
            state.isProbing = false
            state.pause = min(state.pause * 2, policy.maxProbeInterval)
            state.nextProbe = .now.advanced(by: state.pause)
        }
    }

    /// The probe ended without telling anything; the next caller may probe.
    func abandonProbe() {
        state.withLock { $0.isProbing = false }
    }
}
