import Synchronization

/// Values that are good for one day, made once and kept for two days; the older makes way for a third.
///
/// Two, because around midnight requests of both days are signed in turn: the signing time of a URL is rounded down.
package final class DayCache<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let day: Int64
        let value: Value
    }

    private static var capacity: Int { 2 }

    private let entries = Mutex<[Entry]>([])

    /// Creates an empty cache.
    package init() {}

    /// The value of a day, made by the closure if the cache does not have it.
    package func value(day: Int64, make: () -> Value) -> Value {
        entries.withLock { kept in
            if let entry = kept.first(where: { $0.day == day }) {
                return entry.value
            }
            let value = make()
            if kept.count == Self.capacity {
                kept.removeFirst()
            }
            kept.append(Entry(day: day, value: value))
            return value
        }
    }
}
