import Glibc

/// A moment in whole seconds of UTC, as requests are signed with it.
package struct SigningTime: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01 00:00:00 UTC, leap seconds not counted.
    package let secondsSinceEpoch: Int64

    /// Creates a moment; one outside the years 0 to 9999 becomes the nearest within, as the format has four digits.
    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = min(max(secondsSinceEpoch, -62_167_219_200), 253_402_300_799)
    }

    /// The system's clock, now.
    package static func now() -> SigningTime {
        SigningTime(secondsSinceEpoch: Int64(time(nil)))
    }

    /// The date, such as `20150830`.
    package var dateStamp: String { String(decoding: stamp.prefix(Self.dateByteCount), as: UTF8.self) }

    /// The date and time in ISO 8601 basic format, such as `20150830T123600Z`.
    package var timestamp: String { String(decoding: stamp, as: UTF8.self) }

    /// The start of the window of so many seconds, counted from the epoch, that this moment lies in.
    ///
    /// All moments of one window sign alike, so that the same object gets the same URL. A window of less than two
    /// seconds changes nothing.
    package func flooredToWindow(seconds: Int64) -> SigningTime {
        guard seconds > 1 else { return self }
        return SigningTime(secondsSinceEpoch: secondsSinceEpoch - secondsSinceEpoch.modulo(seconds))
    }

    /// Orders by time.
    package static func < (left: SigningTime, right: SigningTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }
}

extension SigningTime {
    /// How many bytes of `stamp` are the date.
    static let dateByteCount = 8

    /// Days since 1970-01-01.
    var day: Int64 { (secondsSinceEpoch - secondsSinceEpoch.modulo(86_400)) / 86_400 }

    /// The bytes of `timestamp`.
    var stamp: [UInt8] {
        let date = civilDate
        let secondOfDay = secondsSinceEpoch.modulo(86_400)
        var output: [UInt8] = []
        output.reserveCapacity(16)
        output.append(twoDigits: date.year / 100)
        output.append(twoDigits: date.year % 100)
        output.append(twoDigits: date.month)
        output.append(twoDigits: date.day)
        output.append(UInt8(ascii: "T"))
        output.append(twoDigits: secondOfDay / 3600)
        output.append(twoDigits: secondOfDay / 60 % 60)
        output.append(twoDigits: secondOfDay % 60)
        output.append(UInt8(ascii: "Z"))
        return output
    }

    /// The Gregorian date.
    ///
    /// Years are counted from March, so that the leap day ends a year, within cycles of 400 years, which all have
    /// 146,097 days. 719,468 days lie between 0000-03-01 and 1970-01-01.
    private var civilDate: (year: Int64, month: Int64, day: Int64) {
        let daysSinceMarchOfYearZero = day + 719_468
        let dayOfCycle = daysSinceMarchOfYearZero.modulo(146_097)
        let cycle = (daysSinceMarchOfYearZero - dayOfCycle) / 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }
}

extension Int64 {
    /// The remainder that is never negative, for a positive divisor.
    fileprivate func modulo(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension [UInt8] {
    /// Appends the two digits of a number below 100.
    fileprivate mutating func append(twoDigits value: Int64) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
