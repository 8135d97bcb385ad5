extension MediaReport {
    /// All that is told is what a file can have.
    ///
    /// A child that was taken over can answer anything; what passes is safe to calculate with and to show.
    var isPlausible: Bool {
        let names = [format, videoCodec, audioCodec, colorProfile].compactMap { $0 }
        guard names.allSatisfy(Self.isName) else { return false }
        let counts = [width, height, bitrate, sampleRate, channels, frameCount].compactMap { $0 }
        guard counts.allSatisfy({ Self.isCount(Int64($0)) }), Self.isCount(durationMilliseconds ?? 0) else {
            return false
        }
        if let rotation, ![0, 90, 180, 270].contains(rotation) { return false }
        if let frameRate, !(frameRate >= 0 && frameRate <= 1_000) { return false }
        if let capturedAt, !Self.isMoment(capturedAt) { return false }
        return true
    }

    /// A number that every reader of JSON keeps exactly.
    private static func isCount(_ number: Int64) -> Bool {
        number >= 0 && number <= 1 << 53
    }

    /// Demuxers, codecs and profiles are named in short, printable ASCII.
    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 100 && text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
    }

    /// `YYYY-MM-DDThh:mm:ss` in digits that a calendar can have, perhaps with a fraction, perhaps with an offset (RFC 3339).
    private static func isMoment(_ text: String) -> Bool {
        let bytes = [UInt8](text.utf8)
        guard (19...35).contains(bytes.count), hasPattern(bytes[..<19], "0000-00-00T00:00:00") else { return false }
        func number(_ offset: Int) -> Int { Int(bytes[offset] - 0x30) * 10 + Int(bytes[offset + 1] - 0x30) }
        guard (1...12).contains(number(5)), (1...31).contains(number(8)), number(11) <= 23, number(14) <= 59,
            number(17) <= 60
        else { return false }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { isDigit($0) }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        return rest.isEmpty || rest.elementsEqual("Z".utf8) || hasPattern(rest, "+00:00") || hasPattern(rest, "-00:00")
    }

    /// The bytes are those of a pattern, any digit for each 0.
    private static func hasPattern(_ bytes: ArraySlice<UInt8>, _ pattern: String) -> Bool {
        bytes.count == pattern.utf8.count
            && zip(bytes, pattern.utf8)
                .allSatisfy { byte, wanted in
                    wanted == UInt8(ascii: "0") ? isDigit(byte) : byte == wanted
                }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension MediaFailure {
    /// The code is one of the stable ones, and the message no flood.
    var isPlausible: Bool {
        Code(rawValue: code) != nil && message.utf8.count <= 1_000
    }

    /// A job that has begun can have come to this.
    ///
    /// What lies with the worker is tried again without end: a file that takes its child over must not be able to ask for
    /// that.
    var isOfTheFile: Bool {
        isPlausible && !isTemporary && code != Code.unreadable.rawValue
    }
}
