import Configuration
import Foundation

/// Reads settings and gathers what is wrong with them: a malformed value is a fault, never silently the default.
struct StrictReader {
    private let reader: ConfigReader
    /// The settings with a name of the operator's that any source speaks of.
    let namedKeys: [NamedKey]
    /// What was wrong so far.
    private(set) var faults: [ConfigurationFault]

    init(reader: ConfigReader, faults: [ConfigurationFault], namedKeys: [NamedKey] = []) {
        self.reader = reader
        self.faults = faults
        self.namedKeys = namedKeys
    }

    mutating func report(_ fault: ConfigurationFault) {
        faults.append(fault)
    }

    /// The value as text; nil where the key is absent or its value empty.
    mutating func text(_ key: ConfigurationKey) async -> String? {
        await text(named: key.rawValue, isSecret: key.isSecret)
    }

    mutating func text(named name: String, isSecret: Bool) async -> String? {
        do {
            let value = try await reader.fetchString(forKey: ConfigKey(name), isSecret: isSecret)
            let trimmed = value?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            return trimmed.isEmpty ? nil : trimmed
        } catch {
            report(ConfigurationFault(name, "must be a single value, not a list"))
            return nil
        }
    }

    mutating func text(_ key: ConfigurationKey, default fallback: String) async -> String {
        await text(key) ?? fallback
    }

    /// The value as text; a fault, and the empty text, where it is missing.
    mutating func required(_ key: ConfigurationKey) async -> String {
        if let value = await text(key) { return value }
        report(ConfigurationFault(key, "is required (or set \(key.environmentName))"))
        return ""
    }

    mutating func integer(
        _ key: ConfigurationKey,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) async -> Int {
        guard let value = await text(key) else { return fallback }
        return integer(value, of: key.rawValue, in: range) ?? fallback
    }

    /// The text as a number; nil, and a fault, where it is none of the range.
    mutating func integer(_ value: String, of name: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = Int(value), range.contains(number) else {
            let bounds = "from \(range.lowerBound) to \(range.upperBound)"
            report(ConfigurationFault(name, value: value, "is not a whole number \(bounds)"))
            return nil
        }
        return number
    }

    mutating func boolean(_ key: ConfigurationKey, default fallback: Bool) async -> Bool {
        guard let value = await text(key) else { return fallback }
        return boolean(value, of: key.rawValue) ?? fallback
    }

    /// What the text says; nil, and a fault, where it says neither.
    mutating func boolean(_ value: String, of name: String) -> Bool? {
        guard let isTrue = Bool(value) else {
            report(ConfigurationFault(name, value: value, "is not one of true, false"))
            return nil
        }
        return isTrue
    }

    mutating func seconds(
        _ key: ConfigurationKey,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) async -> Duration {
        .seconds(await integer(key, default: fallback, in: range))
    }

    /// Megabytes of 1,048,576 bytes, in bytes.
    mutating func megabytes(
        _ key: ConfigurationKey,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) async -> Int64 {
        Int64(await integer(key, default: fallback, in: range)) << 20
    }

    mutating func choice<Value: RawRepresentable<String>>(
        _ key: ConfigurationKey,
        default fallback: Value,
        allowed: [Value]
    ) async -> Value {
        guard let value = await text(key) else { return fallback }
        return choice(value, of: key.rawValue, allowed: allowed) ?? fallback
    }

    /// What the text names; nil, and a fault, where that is not allowed.
    mutating func choice<Value: RawRepresentable<String>>(
        _ value: String,
        of name: String,
        allowed: [Value]
    ) -> Value? {
        guard let chosen = allowed.first(where: { $0.rawValue == value }) else {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            report(ConfigurationFault(name, value: value, "is not one of \(names)"))
            return nil
        }
        return chosen
    }

    /// A secret from its key or from the file that the other key names; nil where neither is set.
    mutating func secret(_ key: ConfigurationKey, file fileKey: ConfigurationKey) async -> String? {
        await secret(named: key.rawValue, fileNamed: fileKey.rawValue)
    }

    /// A secret by the names of its key, and of the one that names a file.
    mutating func secret(named name: String, fileNamed fileName: String) async -> String? {
        let direct = await text(named: name, isSecret: true)
        guard let path = await text(named: fileName, isSecret: false) else { return direct }
        guard direct == nil else {
            report(ConfigurationFault(fileName, value: path, "is set together with \(name); set one of them"))
            return direct
        }
        guard let content = FileManager.default.contents(atPath: path) else {
            report(ConfigurationFault(fileName, value: path, "cannot be read"))
            return nil
        }
        let secret = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else {
            report(ConfigurationFault(fileName, value: path, "is empty"))
            return nil
        }
        return secret
    }

    /// As `secret`, with a fault and the empty text where neither key is set.
    mutating func requiredSecret(_ key: ConfigurationKey, file fileKey: ConfigurationKey) async -> String {
        let count = faults.count
        if let value = await secret(key, file: fileKey) { return value }
        if faults.count == count {
            report(.missing(key, or: fileKey))
        }
        return ""
    }
}

extension ConfigurationFault {
    /// Neither a secret nor its file is said.
    static func missing(_ key: ConfigurationKey, or fileKey: ConfigurationKey) -> ConfigurationFault {
        ConfigurationFault(key, "is required (or set \(key.environmentName), or \(fileKey.rawValue) to a file)")
    }
}
