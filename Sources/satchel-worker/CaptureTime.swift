import CLibAV

/// When a recording was made, by its own account.
struct CaptureTime {
    /// ISO 8601 to the second, with the offset that the file tells; without one where it tells none.
    let text: String

    /// Apple's tag, which tells the local time and its offset, comes before the container's clock.
    private static let keys = ["com.apple.quicktime.creationdate", "creation_time"]

    /// The time in a file's metadata, or in its stream's; nil where there is none to be believed.
    init?(_ source: MediaSource, _ stream: UnsafeMutablePointer<AVStream>?) {
        let places = [source.context.pointee.metadata, stream?.pointee.metadata]
        for metadata in places {
            for key in Self.keys {
                guard let entry = av_dict_get(metadata, key, nil, 0) else { continue }
                if let found = CaptureTime(String(cString: entry.pointee.value)) {
                    self = found
                    return
                }
            }
        }
        return nil
    }

    /// Reads `YYYY-MM-DD`, a `T` or a space, `hh:mm:ss`, perhaps a fraction, perhaps `Z` or an offset.
    ///
    /// Nil for other texts, and for the years up to 1970, in which clocks that were never set begin.
    init?(_ text: String) {
        let bytes = [UInt8](text.utf8)
        guard (19...40).contains(bytes.count), bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            year > 1970, (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard let offset = Self.offset(rest) else { return nil }
        let moment =
            String(decoding: bytes[..<10], as: UTF8.self) + "T" + String(decoding: bytes[11..<19], as: UTF8.self)
        self.text = moment + offset
    }

    /// `Z`, `+hh:mm` or nothing, as written or as `+hhmm` and `+hh`; nil for what is none of these.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let sign = bytes.first else { return "" }
        if bytes.elementsEqual("Z".utf8) { return "Z" }
        let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 2 || digits.count == 4,
            let hours = number(digits[..<2]), let minutes = number(digits[2...] + (digits.count == 2 ? [0x30] : [])),
            hours < 24, minutes < 60
        else { return nil }
        let text = String(decoding: digits, as: UTF8.self) + (digits.count == 2 ? "00" : "")
        return String(decoding: [sign], as: UTF8.self) + text.prefix(2) + ":" + text.suffix(2)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
