package import Foundation

/// Numbers as people read them: in lines on a terminal, and in reports.
package enum FigureText {
    private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]

    /// A number with commas between thousands: `10,020`.
    package static func count(_ number: Int64) -> String {
        var digits = "\(number.magnitude)"
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (number < 0 ? "-" : "") + ([digits] + groups.map(String.init)).joined(separator: ",")
    }

    /// A number of bytes in units of 1,024: `512 B`, `1.5 KiB`, `20.0 GiB`.
    package static func bytes(_ number: Int64) -> String {
        guard number >= 1024 else { return "\(number) B" }
        var value = Double(number) / 1024
        var unit = 0
        // What would be rounded to 1024.0 belongs to the next unit.
        while value >= 1023.95, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(tenths(value)) \(units[unit])"
    }

    /// Bytes a second: `41.2 MiB/s`.
    package static func rate(_ bytesPerSecond: Double) -> String {
        "\(bytes(whole(bytesPerSecond)))/s"
    }

    /// A number of things a second: `0.4/s`, `310/s`.
    package static func frequency(_ perSecond: Double) -> String {
        perSecond < 10 ? "\(tenths(max(0, perSecond)))/s" : "\(count(whole(perSecond)))/s"
    }

    /// A time span to the precision that matters: `12 s`, `3 min 05 s`, `1 h 02 min`, `4 d 03 h`.
    package static func duration(seconds: Double) -> String {
        let all = whole(seconds)
        let (days, hours, minutes) = (all / 86_400, all / 3600 % 24, all / 60 % 60)
        if days > 0 { return "\(count(days)) d \(twoDigits(hours)) h" }
        if hours > 0 { return "\(hours) h \(twoDigits(minutes)) min" }
        if minutes > 0 { return "\(minutes) min \(twoDigits(all % 60)) s" }
        return "\(all) s"
    }

    /// A share in whole percents that says 0 and 100 only where that is so.
    package static func percent(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "100 %" }
        if part >= whole { return "100 %" }
        if part <= 0 { return "0 %" }
        return "\(min(99, max(1, Int(Double(part) / Double(whole) * 100)))) %"
    }

    /// A time in UTC as RFC 3339 has it, to the second.
    package static func time(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle())
    }

    private static func tenths(_ value: Double) -> String {
        String(format: "%.1f", value)
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// Rounded, and within what a number can be.
    private static func whole(_ value: Double) -> Int64 {
        guard value.isFinite, value > 0 else { return 0 }
        return Int64(min(value.rounded(), 9e18))
    }
}
