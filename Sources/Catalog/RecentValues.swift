/// A dictionary of bounded size, from which goes what was not asked for longest.
///
/// It has two generations: when the younger one is full, the older one is forgotten. So what is forgotten was not asked for
/// while at least half of the bound of others were.
package struct RecentValues<Key: Hashable, Value> {
    private let half: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// An empty one that holds so many values at most, 2 at least.
    package init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    /// How many there are.
    package var count: Int { young.count + old.count }

    /// The value for a key; nil where there is none, and to take one out.
    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            put(value, for: key)
            return value
        }
        set {
            old[key] = nil
            guard let newValue else {
                young[key] = nil
                return
            }
            put(newValue, for: key)
        }
    }

    /// Forgets everything.
    package mutating func removeAll() {
        young.removeAll(keepingCapacity: true)
        old.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ value: Value, for key: Key) {
        if young.count >= half, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
