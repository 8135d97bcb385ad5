extension StrictReader {
    /// The names that any source speaks of, in their order.
    func names(of family: NamedKeyFamily) -> [String] {
        Set(namedKeys.filter { $0.family == family }.map(\.name)).sorted()
    }

    mutating func text(_ key: NamedKey) async -> String? {
        await text(named: key.rawValue, isSecret: key.isSecret)
    }

    /// The number; nil where none is set, and after a fault.
    mutating func integer(_ key: NamedKey, in range: ClosedRange<Int>) async -> Int? {
        guard let value = await text(key) else { return nil }
        return integer(value, of: key.rawValue, in: range)
    }

    mutating func boolean(_ key: NamedKey, default fallback: Bool) async -> Bool {
        guard let value = await text(key) else { return fallback }
        return boolean(value, of: key.rawValue) ?? fallback
    }

    mutating func seconds(_ key: NamedKey, default fallback: Int, in range: ClosedRange<Int>) async -> Duration {
        .seconds(await integer(key, in: range) ?? fallback)
    }

    mutating func choice<Value: RawRepresentable<String>>(
        _ key: NamedKey,
        default fallback: Value,
        allowed: [Value]
    ) async -> Value {
        guard let value = await text(key) else { return fallback }
        return choice(value, of: key.rawValue, allowed: allowed) ?? fallback
    }
}
