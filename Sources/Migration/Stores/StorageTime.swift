import Foundation

/// Times as storages spell them.
enum StorageTime {
    /// Reads `2026-01-15T10:30:00.000Z`, with or without the fraction.
    static func date(iso8601 text: String) -> Date? {
        let plain = Date.ISO8601FormatStyle()
        return (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)) ?? (try? plain.parse(text))
    }

    static func date(seconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(seconds))
    }
}
