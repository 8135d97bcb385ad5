/// One thing wrong with the configuration: the key, the value unless it is secret, and what is allowed.
package struct ConfigurationFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The key as it stands in the file, or where the fault is when it concerns no single key.
    package let key: String
    /// The offending value; nil where it is secret, missing or not the point.
    package let value: String?
    /// What is wrong and what is allowed.
    package let reason: String

    init(_ key: String, value: String? = nil, _ reason: String) {
        self.key = key
        self.value = value
        self.reason = reason
    }

    init(_ key: ConfigurationKey, value: String? = nil, _ reason: String) {
        self.init(key.rawValue, value: key.isSecret ? nil : value, reason)
    }

    /// One line for the operator.
    package var description: String {
        guard let value else { return "\(key): \(reason)" }
        return "\(key): \"\(value)\" \(reason)"
    }
}

/// All faults of a configuration together, so that one start shows them all.
package struct ConfigurationFaults: Error, Sendable, CustomStringConvertible {
    /// The faults in the order of the keys.
    package let faults: [ConfigurationFault]

    /// One line for each fault.
    package var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
