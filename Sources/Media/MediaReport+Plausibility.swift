extension MediaReport {
    /// All that is told is what a file can have.
    ///
    /// A child that was taken over can answer anything; what passes is safe to calculate with and to show.
    var isPlausible: Bool {
        let names = [format, videoCodec, audioCodec].compactMap { $0 }
        guard names.allSatisfy(Self.isName) else { return false }
        let counts = [width, height, bitrate, sampleRate, channels].compactMap { $0 }
        guard counts.allSatisfy({ Self.isCount(Int64($0)) }), Self.isCount(durationMilliseconds ?? 0) else {
            return false
        }
        if let rotation, ![0, 90, 180, 270].contains(rotation) { return false }
        if let frameRate, !(frameRate >= 0 && frameRate <= 1_000) { return false }
        return true
    }

    /// A number that every reader of JSON keeps exactly.
    private static func isCount(_ number: Int64) -> Bool {
        number >= 0 && number <= 1 << 53
    }

    /// Demuxers and codecs are named in short, printable ASCII.
    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 100 && text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
    }
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
