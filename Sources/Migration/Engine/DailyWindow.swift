package import Foundation

/// A daily stretch of local time, which may go over midnight.
package struct DailyWindow: Sendable, Equatable, CustomStringConvertible {
    /// Minutes after midnight.
    private let start: Int
    private let end: Int

    /// Reads `01:00-05:00`; the end is not within.
    ///
    /// Throws `invalidArgument` for anything else, and where both times are the same.
    package init(parsing text: String) throws(MigrationError) {
        let times = text.split(separator: "-", omittingEmptySubsequences: false).map { Self.minutes(String($0)) }
        guard times.count == 2, let start = times[0], let end = times[1], start != end else {
            throw MigrationError(
                .invalidArgument,
                "\"\(text)\" is no daily window: two different times from 00:00 to 23:59 with a hyphen, such as 01:00-05:00"
            )
        }
        self.start = start
        self.end = end
    }

    /// As it is read.
    package var description: String { "\(Self.text(start))-\(Self.text(end))" }

    /// Whether the time is within.
    package func contains(_ time: Date, in zone: TimeZone = .current) -> Bool {
        let parts = Self.calendar(zone).dateComponents([.hour, .minute], from: time)
        let minute = (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
        return start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    }

    /// When it next begins; the time itself where that is within.
    ///
    /// Where clocks are put forward over the beginning, it begins with the first minute after that.
    package func opening(from time: Date, in zone: TimeZone = .current) -> Date {
        guard !contains(time, in: zone) else { return time }
        let beginning = DateComponents(hour: start / 60, minute: start % 60, second: 0)
        return Self.calendar(zone).nextDate(after: time, matching: beginning, matchingPolicy: .nextTime) ?? time
    }

    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    private static func minutes(_ text: String) -> Int? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 2,
            fields.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(fields[0]), let minute = Int(fields[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func text(_ minutes: Int) -> String {
        let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(digits(minutes / 60)):\(digits(minutes % 60))"
    }
}
