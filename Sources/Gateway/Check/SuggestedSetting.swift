/// A setting that follows from what a check found.
package struct SuggestedSetting: Sendable, Equatable {
    /// Which setting.
    package let key: ConfigurationKey
    /// Its value, as the configuration file spells it.
    package let value: String

    /// Makes a suggestion.
    package init(_ key: ConfigurationKey, _ value: String) {
        self.key = key
        self.value = value
    }

    /// The value that counts where the file has none; nil for a key that no check suggests.
    static func standard(of key: ConfigurationKey) -> String? {
        switch key {
        case .s3Addressing: "path"
        case .s3Checksums: "auto"
        case .s3Region: "us-east-1"
        case .s3PartMegabytes: "8"
        default: nil
        }
    }
}

extension SuggestedSetting: CustomStringConvertible {
    /// The setting as in `s3.addressing: path`.
    package var description: String { "\(key.rawValue): \(value)" }
}

extension SuggestedSetting: Encodable {
    private enum CodingKeys: String, CodingKey {
        case key, value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key.rawValue, forKey: .key)
        try container.encode(value, forKey: .value)
    }
}
