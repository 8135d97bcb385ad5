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
        let (now, interval) = (now(), Self.interval(of: policy))
        let horizon = now + interval * Int64(policy.quota)
        return table.withLock { table in
            let fullAt = max(table[key] ?? now, now)
            let next = fullAt + interval
            guard next <= horizon else {
                let wait = max(Self.seconds(next - horizon), 1)
                return RateVerdict(policy: policy, isGranted: false, remaining: 0, resetSeconds: wait)
            }
            table[key] = next
            return RateVerdict(
                policy: policy,
                isGranted: true,
                remaining: Int((horizon - next) / interval),
                resetSeconds: Self.seconds(next - now)
            )
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
