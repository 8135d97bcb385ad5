import Catalog
import Synchronization

/// Token buckets, one for each policy and whom it counts together.
///
/// A bucket is kept as the one time at which it will be full again: it fills by itself, and one that is full needs no
/// memory. A request moves that time by what one token takes to grow, and is refused where it would lie further ahead
/// than a whole bucket takes. (The generic cell rate algorithm of ITU-T I.371 counts the same way.)
///
/// The table is bounded; what it forgets was not asked for longest, and counts as full.
final class RateLimiter: Sendable {
    private struct Key: Hashable {
        let policy: RatePolicy.Name
        let partition: RatePartition
    }

    /// When each bucket will be full, in nanoseconds of the clock.
    private let table: Mutex<RecentValues<Key, Int64>>
    private let now: @Sendable () -> Int64

    /// Makes an empty table.
    ///
    /// `bound` is how many buckets it may hold, 2 at least; `now` is a clock that never goes back, in nanoseconds.
    init(bound: Int = 100_000, now: @escaping @Sendable () -> Int64 = RateLimiter.monotonicNanoseconds) {
        table = Mutex(RecentValues(capacity: bound))
        self.now = now
    }

    /// Takes a token out of the bucket, if there is one.
    func take(_ policy: RatePolicy, of partition: RatePartition) -> RateVerdict {
        let key = Key(policy: policy.name, partition: partition)
        let now = now()
        return table.withLock { table in
            let bucket = Bucket(policy, fullAt: table[key], now: now)
            if bucket.hasToken { table[key] = bucket.next }
            return bucket.verdict(isTaken: bucket.hasToken)
        }
    }

    /// Takes a token out of each of the buckets, or, where one of them has none, out of none.
    ///
    /// The verdicts are in the order of the charges, which are of different policies.
    func take(_ charges: [RateCharge]) -> [RateVerdict] {
        let now = now()
        return table.withLock { table in
            let keys = charges.map { Key(policy: $0.policy.name, partition: $0.partition) }
            let buckets = zip(charges, keys).map { Bucket($0.policy, fullAt: table[$1], now: now) }
            let isTaken = buckets.allSatisfy(\.hasToken)
            if isTaken { for (key, bucket) in zip(keys, buckets) { table[key] = bucket.next } }
            return buckets.map { $0.verdict(isTaken: isTaken) }
        }
    }

    /// Puts a token back that was taken for nothing.
    func giveBack(_ policy: RatePolicy, to partition: RatePartition) {
        let key = Key(policy: policy.name, partition: partition)
        table.withLock { table in
            guard let fullAt = table[key] else { return }
            table[key] = fullAt - Self.interval(of: policy)
        }
    }

    /// One bucket at one time; all in nanoseconds.
    private struct Bucket {
        let policy: RatePolicy
        let now: Int64
        let interval: Int64
        let fullAt: Int64

        init(_ policy: RatePolicy, fullAt: Int64?, now: Int64) {
            self.policy = policy
            self.now = now
            interval = RateLimiter.interval(of: policy)
            self.fullAt = max(fullAt ?? now, now)
        }

        /// When an empty one would be full.
        private var horizon: Int64 { now + interval * Int64(policy.quota) }
        /// When it is full after a token was taken.
        var next: Int64 { fullAt + interval }
        var hasToken: Bool { next <= horizon }

        func verdict(isTaken: Bool) -> RateVerdict {
            guard hasToken else {
                let wait = max(RateLimiter.seconds(next - horizon), 1)
                return RateVerdict(policy: policy, isGranted: false, remaining: 0, resetSeconds: wait)
            }
            let full = isTaken ? next : fullAt
            return RateVerdict(
                policy: policy,
                isGranted: true,
                remaining: Int((horizon - full) / interval),
                resetSeconds: RateLimiter.seconds(full - now)
            )
        }
    }

    /// What one token takes to grow, in nanoseconds.
    private static func interval(of policy: RatePolicy) -> Int64 {
        max(Int64(RatePolicy.windowSeconds) * 1_000_000_000 / Int64(policy.quota), 1)
    }

    /// Whole seconds, rounded up.
    private static func seconds(_ nanoseconds: Int64) -> Int {
        Int((nanoseconds + 999_999_999) / 1_000_000_000)
    }

    /// The time since some moment before the process, in nanoseconds.
    @Sendable static func monotonicNanoseconds() -> Int64 {
        let components = started.duration(to: .now).components
        return components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    private static let started = ContinuousClock.now
}
