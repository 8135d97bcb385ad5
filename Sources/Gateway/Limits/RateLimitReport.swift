import HTTPTypes
import Synchronization

/// What the rate limits said to one request, for the header fields of its answer.
final class RateLimitReport: Sendable {
    private let noted = Mutex<[RateVerdict]>([])

    /// What was said, in the order of the asking.
    var verdicts: [RateVerdict] { noted.withLock { $0 } }

    func note(_ verdict: RateVerdict) {
        noted.withLock { $0.append(verdict) }
    }

    func forget() {
        noted.withLock { $0 = [] }
    }

    /// The fields of the IETF's draft-ietf-httpapi-ratelimit-headers; none where nothing was counted.
    ///
    /// Both are lists of structured fields (RFC 9651). A policy is a string with its quota `q` and its window `w` in
    /// seconds; a state has what remains, `r`, and `t`, the seconds until the quota is whole again. On a refusal `t` is
    /// what Retry-After says, as the draft asks.
    var fields: [HTTPField] {
        let verdicts = verdicts
        guard !verdicts.isEmpty else { return [] }
        let policies = verdicts.map { verdict in
            "\"\(verdict.policy.name.text)\";q=\(verdict.policy.quota);w=\(RatePolicy.windowSeconds)"
        }
        let states = verdicts.map { verdict in
            "\"\(verdict.policy.name.text)\";r=\(verdict.remaining);t=\(verdict.resetSeconds)"
        }
        return [
            HTTPField(name: .rateLimitPolicy, value: policies.joined(separator: ", ")),
            HTTPField(name: .rateLimit, value: states.joined(separator: ", ")),
        ]
    }
}
