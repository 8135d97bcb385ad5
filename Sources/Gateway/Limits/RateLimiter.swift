import Synchronization

/// Token buckets, one for each policy and whom it counts together.
///
/// A bucket is kept as the one time at which it will be full again: it fills by itself, and one that is full needs no
/// memory. A request moves that time by what one token takes to grow, and is refused where it would lie further ahead
/// than a whole bucket takes. (The generic cell rate algorithm of ITU-T I.371 counts the same way.)
///
/// The table is bounded: of two generations, the older one is forgotten when the younger one is full. So what is
/// forgotten was not asked for while at least half of the bound of others were, and counts as full.
final class RateLimiter: Sendable {
    private struct Key: Hashable {
        let policy: RatePolicy.Name
        let partition: RatePartition
    }

    private struct Table {
        /// When each bucket will be full, in nanoseconds of the clock.
        var young: [Key: Int64] = [:]
        var old: [Key: Int64] = [:]

        subscript(key: Key) -> Int64? { young[key] ?? old[key] }

        mutating func set(_ key: Key, to time: Int64, halfOfBound: Int) {
            if young[key] == nil, young.count >= halfOfBound {
                old = young
                young = [:]
            }
            old[key] = nil
            young[key] = time
        }
    }

    private let table = Mutex(Table())
    private let halfOfBound: Int
    private let now: @Sendable () -> Int64

    /// Makes an empty table.
    ///
    /// `bound` is how many buckets it may hold, 2 at least; `now` is a clock that never goes back, in nanoseconds.
    init(bound: Int = 100_000, now: @escaping @Sendable () -> Int64 = RateLimiter.monotonicNanoseconds) {
        halfOfBound = max(bound / 2, 1)
        self.now = now
    }

    /// How many buckets the table holds.
    var bucketCount: Int { table.withLock { $0.young.count + $0.old.count } }

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
            table.set(key, to: next, halfOfBound: halfOfBound)
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
            table.set(key, to: fullAt - Self.interval(of: policy), halfOfBound: halfOfBound)
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
