import Foundation

/// Times as databases and their exports write them: `2025-01-15 10:30:00.123456`, with or without an offset.
enum ForeignTime {
    /// The time to the millisecond; nil where the text is none.
    ///
    /// Between date and time stands a space or a T; an offset is `Z`, `+01`, `+0100` or `+01:00`, seconds in it as old
    /// zones have them included. Without an offset the time is that of the zone.
    static func date(_ text: String, timeZone: TimeZone) -> Date? {
        var rest = Substring(text.trimmingCharacters(in: .whitespaces))
        guard let year = number(&rest, digits: 4), skip(&rest, "-"), let month = number(&rest, digits: 2),
            skip(&rest, "-"),
            let day = number(&rest, digits: 2), (1...12).contains(month), (1...daysIn(month, of: year)).contains(day)
        else { return nil }
        var seconds = 0
        var milliseconds = 0
        var offset: Int?
        if !rest.isEmpty {
            guard skip(&rest, " ") || skip(&rest, "T") || skip(&rest, "t"),
                let hour = number(&rest, digits: 2), hour < 24, skip(&rest, ":"),
                let minute = number(&rest, digits: 2), minute < 60
            else { return nil }
            var second = 0
            if skip(&rest, ":") {
                // A leap second counts as the second after it.
                guard let value = number(&rest, digits: 2), value <= 60 else { return nil }
                second = value
                if skip(&rest, ".") || skip(&rest, ",") {
                    let fraction = rest.prefix { $0.isASCII && $0.isWholeNumber }
                    guard !fraction.isEmpty, let value = Double("0.\(fraction)") else { return nil }
                    milliseconds = Int((value * 1000).rounded())
                    rest = rest.dropFirst(fraction.count)
                }
            }
            seconds = hour * 3600 + minute * 60 + second
            if !rest.isEmpty {
                guard let value = parseOffset(rest) else { return nil }
                offset = value
            }
        }
        let local = daysSinceEpoch(year, month, day) * 86_400 + seconds
        let utc = local - (offset ?? secondsFromGMT(at: local, in: timeZone))
        return Date(timeIntervalSince1970: Double(utc * 1000 + milliseconds) / 1000)
    }

    /// The zone's offset at a local time; where clocks are put back, that of the first of the two.
    private static func secondsFromGMT(at local: Int, in timeZone: TimeZone) -> Int {
        let wall = Date(timeIntervalSince1970: Double(local))
        let before = timeZone.secondsFromGMT(for: wall.addingTimeInterval(-86_400))
        let after = timeZone.secondsFromGMT(for: wall.addingTimeInterval(86_400))
        let candidates = [before, after]
            .filter {
                timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(local - $0))) == $0
            }
        return candidates.first ?? before
    }

    private static func parseOffset(_ text: Substring) -> Int? {
        var rest = text.drop { $0 == " " }
        if rest == "Z" || rest == "z" || rest == "UTC" { return 0 }
        let sign = skip(&rest, "-") ? -1 : 1
        guard sign < 0 || skip(&rest, "+"), let hours = number(&rest, digits: 2), hours < 24 else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where !rest.isEmpty {
            _ = skip(&rest, ":")
            guard let value = number(&rest, digits: 2), value < 60 else { return nil }
            seconds += value * unit
        }
        return rest.isEmpty ? sign * seconds : nil
    }

    private static func number(_ text: inout Substring, digits: Int) -> Int? {
        let part = text.prefix(digits)
        guard part.utf8.count == digits, part.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        text = text.dropFirst(digits)
        return Int(part)
    }

    private static func skip(_ text: inout Substring, _ character: Character) -> Bool {
        guard text.first == character else { return false }
        text = text.dropFirst()
        return true
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 in the Gregorian calendar: years are counted from March, so that a leap day is a year's last.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + leapDays + dayOfYear - 719_468
    }
}
