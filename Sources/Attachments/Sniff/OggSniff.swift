/// Ogg, whose first pages each begin one stream with its codec's header (RFC 3533 section 4).
enum OggSniff {
    private static let videoHeaders: [[UInt8]] = [
        [0x80] + Array("theora".utf8),
        [0x01] + Array("video".utf8),
        Array("OVP80".utf8),
        Array("BBCD".utf8),
    ]
    private static let audioHeaders: [[UInt8]] = [
        [0x01] + Array("vorbis".utf8),
        [0x7F] + Array("FLAC".utf8),
        Array("OpusHead".utf8),
        Array("Speex   ".utf8),
    ]

    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        guard prefix.has("OggS", at: 0) else { return nil }
        var hasAudio = false
        var page = 0
        while prefix.has("OggS", at: page), let flags = prefix.byte(at: page + 5), flags & 0x02 != 0,
            let segmentCount = prefix.byte(at: page + 26), page + 27 + Int(segmentCount) <= prefix.count
        {
            let packet = page + 27 + Int(segmentCount)
            if videoHeaders.contains(where: { prefix.has($0, at: packet) }) {
                return .video("video/ogg")
            }
            hasAudio = hasAudio || audioHeaders.contains { prefix.has($0, at: packet) }
            page = prefix.bytes[(page + 27)..<packet].reduce(packet) { $0 + Int($1) }
        }
        return hasAudio ? .audio("audio/ogg") : .other("application/ogg")
    }
}
