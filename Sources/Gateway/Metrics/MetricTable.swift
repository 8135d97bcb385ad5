/// One value for each case of an enumeration: the handles for all values of a label, made at the start.
struct MetricTable<Key: CaseIterable & Hashable & Sendable, Value: Sendable>: Sendable {
    private let values: [Key: Value]

    init(_ make: (Key) -> Value) {
        values = Dictionary(uniqueKeysWithValues: Key.allCases.map { ($0, make($0)) })
    }

    subscript(key: Key) -> Value {
        guard let value = values[key] else { preconditionFailure("\(key) is not among its own cases") }
        return value
    }
}
