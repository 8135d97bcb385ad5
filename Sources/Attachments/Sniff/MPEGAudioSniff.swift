/// MP3 and its sister layers, and AAC in ADTS: frames that follow each other where their headers say.
enum MPEGAudioSniff {
    /// An ID3v2 tag in front (id3.org, ID3v2.4 section 3.1); what follows it, if that is in the prefix, decides.
    static func sniffTagged(_ prefix: SniffPrefix) -> SniffedType? {
        guard prefix.has("ID3", at: 0), prefix.count >= 10, prefix.bytes[3] < 0xFF, prefix.bytes[4] < 0xFF,
            prefix.bytes[6..<10].allSatisfy({ $0 < 0x80 })
        else { return nil }
        let footerByteCount = prefix.bytes[5] & 0x10 != 0 ? 10 : 0
        let end = prefix.bytes[6..<10].reduce(0) { $0 << 7 | Int($1) } + 10 + footerByteCount
        if prefix.has("fLaC", at: end) { return .audio("audio/flac") }
        return adtsByteCount(prefix, at: end) != nil ? .audio("audio/aac") : .audio("audio/mpeg")
    }

    /// Frames without a tag: two in a row at the start or three anywhere, since recordings may begin in mid-frame.
    static func sniffFrames(_ prefix: SniffPrefix) -> SniffedType? {
        for offset in 0..<prefix.count where prefix.bytes[offset] == 0xFF {
            let wanted = offset == 0 ? 2 : 3
            if runs(prefix, from: offset, wanted: wanted, byteCount: mpegByteCount) {
                return .audio("audio/mpeg")
            }
            if runs(prefix, from: offset, wanted: wanted, byteCount: adtsByteCount) {
                return .audio("audio/aac")
            }
        }
        return nil
    }

    /// Whether `wanted` frames follow each other; a file that ends exactly with a frame needs no more of them.
    private static func runs(
        _ prefix: SniffPrefix,
        from start: Int,
        wanted: Int,
        byteCount: (SniffPrefix, Int) -> Int?
    ) -> Bool {
        var offset = start
        for _ in 0..<wanted {
            guard let frameByteCount = byteCount(prefix, offset) else { return false }
            offset += frameByteCount
            if prefix.isWholeFile, offset == prefix.count { return true }
        }
        return true
    }

    private static let bitratesOfMPEG1: [[Int]] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ]
    private static let bitratesOfMPEG2: [[Int]] = [
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ]

    /// The length that a frame header tells, nil when it is no header (ISO/IEC 11172-3 section 2.4.2.3).
    private static func mpegByteCount(_ prefix: SniffPrefix, at offset: Int) -> Int? {
        guard let header = prefix.bigEndian(at: offset, byteCount: 4), header >> 21 == 0x7FF else { return nil }
        let version = Int(header >> 19 & 3)
        let layer = 4 - Int(header >> 17 & 3)
        let bitrateIndex = Int(header >> 12 & 15)
        let rateIndex = Int(header >> 10 & 3)
        guard version != 1, layer < 4, (1...14).contains(bitrateIndex), rateIndex < 3 else { return nil }
        let isMPEG1 = version == 3
        let bitrate = (isMPEG1 ? bitratesOfMPEG1 : bitratesOfMPEG2)[layer - 1][bitrateIndex - 1] * 1000
        let sampleRate = [44100, 48000, 32000][rateIndex] / (isMPEG1 ? 1 : version == 2 ? 2 : 4)
        let padding = Int(header >> 9 & 1)
        switch layer {
        case 1: return (12 * bitrate / sampleRate + padding) * 4
        case 3 where !isMPEG1: return 72 * bitrate / sampleRate + padding
        default: return 144 * bitrate / sampleRate + padding
        }
    }

    /// The length that an ADTS header tells, nil when it is no header (ISO/IEC 13818-7 section 6.2).
    private static func adtsByteCount(_ prefix: SniffPrefix, at offset: Int) -> Int? {
        guard let header = prefix.bigEndian(at: offset, byteCount: 7), header >> 44 == 0xFFF, header >> 41 & 3 == 0,
            header >> 34 & 15 < 13
        else { return nil }
        let byteCount = Int(header >> 13 & 0x1FFF)
        return byteCount > 7 ? byteCount : nil
    }
}
