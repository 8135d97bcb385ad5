/// Everything that a check found, for a program to read.
package struct CheckReport: Sendable, Encodable {
    /// The lines, in the order in which they are worth reading.
    package let lines: [CheckLine]

    private enum CodingKeys: String, CodingKey {
        case lines, settings
        case isGood = "good"
    }

    /// A report of lines.
    package init(lines: [CheckLine]) {
        self.lines = lines
    }

    /// Whether nothing has to be done.
    package var isGood: Bool { lines.allSatisfy(\.isGood) }

    /// The settings that the lines suggest.
    package var settings: [SuggestedSetting] { lines.compactMap(\.setting) }

    /// Writes `good`, `lines` and, by their keys, `settings`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isGood, forKey: .isGood)
        try container.encode(lines, forKey: .lines)
        let values = settings.map { ($0.key.rawValue, $0.value) }
        try container.encode(Dictionary(values) { _, later in later }, forKey: .settings)
    }
}
