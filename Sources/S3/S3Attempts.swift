/// Counts the attempts of one call and paces them.
///
/// The pause is drawn evenly between nothing and a bound that doubles (full jitter), so that clients that failed
/// together do not come back together.
struct S3Attempts {
    let policy: S3RetryPolicy
    private(set) var made = 0
    private var hasCorrectedClock = false

    init(policy: S3RetryPolicy) {
        self.policy = policy
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
        guard error.isRetryable, made < policy.maxAttempts else {
            throw outcome
        }
        do {
            try await Task.sleep(for: delay(retryAfter: error.retryAfter))
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
