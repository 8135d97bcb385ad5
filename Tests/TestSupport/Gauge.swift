import Synchronization

/// Counts how many are inside at the same time, and the most there ever were.
package final class Gauge: Sendable {
    private struct Counts {
        var now = 0
        var most = 0
    }

    private let counts = Mutex(Counts())

    /// Starts at zero.
    package init() {}

    /// How many are inside now.
    package var now: Int { counts.withLock(\.now) }

    /// The most that were inside at the same time.
    package var most: Int { counts.withLock(\.most) }

    /// One more is inside.
    package func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    /// One has left.
    package func leave() {
        counts.withLock { $0.now -= 1 }
    }
}
