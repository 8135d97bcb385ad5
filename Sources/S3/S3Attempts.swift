/// Counts the attempts of one call, paces them, and ends them.
///
/// The pause is drawn evenly between nothing and a bound that doubles (full jitter), so that clients that failed
/// together do not come back together.
struct S3Attempts {
    private let policy: S3RetryPolicy
    private let deadline: ContinuousClock.Instant?
    private let health: S3Health
    private var made = 0
    private var hasCorrectedClock = false
    /// When the call failed, or was refused, for the first time.
    private var failingSince: ContinuousClock.Instant?

    init(policy: S3RetryPolicy, deadline: ContinuousClock.Instant?, health: S3Health) {
        self.policy = policy
        self.deadline = deadline
        self.health = health
    }

    /// Returns when the call may be sent again; throws the error when it may not.
    mutating func pause(after error: S3Error) async throws(S3Error) {
        made += 1
        var outcome = error
        outcome.attempts = made
        guard !Task.isCancelled else {
            throw outcome
        }
        // The offset was taken from the refusal itself: the next signature carries the storage's time.
        if error.code == .requestTimeTooSkewed, !hasCorrectedClock {
            hasCorrectedClock = true
            return
        }
        guard error.isRetryable else {
            throw outcome
        }
        guard isPatient() || (made < policy.maxAttempts && health.budget.take()) else {
            throw outcome
        }
        try await sleep(for: delay(retryAfter: error.retryAfter), orThrow: outcome)
    }

    /// Returns true where the call may be sent, false where the storage must be probed first; throws where it is known
    /// to be down and the call does not wait for it.
    mutating func admission(for call: S3Call) async throws(S3Error) -> Bool {
        while true {
            switch health.circuit.admission() {
            case .open: return true
            case .probe: return false
            case .refused(let wait):
                let refusal = S3Error(
                    code: .circuitOpen,
                    message: "the storage did not answer lately and is not asked before its next probe",
                    operation: call.operation,
                    retryAfter: wait,
                    attempts: made
                )
                guard !Task.isCancelled, isPatient() else {
                    throw refusal
                }
                try await sleep(for: min(wait, .milliseconds(250)), orThrow: refusal)
            }
        }
    }

    /// Whether the call is one that is carried over an outage, and that has not lasted too long.
    private mutating func isPatient() -> Bool {
        let now = ContinuousClock.now
        let since = failingSince ?? now
        failingSince = since
        return since.duration(to: now) < policy.patience
    }

    private func sleep(for pause: Duration, orThrow outcome: S3Error) async throws(S3Error) {
        if let deadline, ContinuousClock.now.advanced(by: pause) >= deadline {
            throw outcome
        }
        do {
            try await Task.sleep(for: pause)
        } catch {
            throw outcome
        }
    }

    private func delay(retryAfter: Duration?) -> Duration {
        var bound = policy.baseDelay
        for _ in 1..<max(made, 1) where bound < policy.maxDelay {
            bound = bound * 2
        }
        let drawn = min(bound, policy.maxDelay) * Double.random(in: 0...1)
        return max(drawn, min(retryAfter ?? .zero, policy.maxDelay))
    }
}
