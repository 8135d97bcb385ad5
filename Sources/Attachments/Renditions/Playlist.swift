import Media

/// Playlists of HTTP Live Streaming (RFC 8216) for one attachment.
enum Playlist {
    /// The media type (RFC 8216 section 10).
    static let mediaType = "application/vnd.apple.mpegurl"

    /// The playlist of all steps, the one of the lowest rate first: what a player begins with before it has measured.
    static func master(_ steps: [(index: SegmentIndex, url: String)]) -> String {
        var lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        for step in steps.sorted(by: { $0.index.peakBitrate < $1.index.peakBitrate }) {
            let index = step.index
            var attributes = ["BANDWIDTH=\(index.peakBitrate)", "AVERAGE-BANDWIDTH=\(index.averageBitrate)"]
            if !index.codecs.isEmpty { attributes.append("CODECS=\"\(index.codecs)\"") }
            if let width = index.width, let height = index.height { attributes.append("RESOLUTION=\(width)x\(height)") }
            if let rate = index.frameRate { attributes.append("FRAME-RATE=\(decimal(thousandths: rate * 1000))") }
            lines.append("#EXT-X-STREAM-INF:\(attributes.joined(separator: ","))")
            lines.append(step.url)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The playlist of one step, whose segments are stretches of one object.
    static func media(_ index: SegmentIndex, url: String) -> String {
        var lines = [
            "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:\(index.targetSeconds)", "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS",
            "#EXT-X-MAP:URI=\"\(url)\",BYTERANGE=\"\(index.headerByteCount)@0\"",
        ]
        for segment in index.segments {
            lines.append("#EXTINF:\(decimal(thousandths: Double(segment.milliseconds))),")
            lines.append("#EXT-X-BYTERANGE:\(segment.length)@\(segment.offset)")
            lines.append(url)
        }
        lines.append("#EXT-X-ENDLIST")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A number with three decimals, as these playlists have them.
    private static func decimal(thousandths: Double) -> String {
        let (whole, rest) = Int64(thousandths.rounded()).quotientAndRemainder(dividingBy: 1000)
        let digits = "\(1000 + rest)".dropFirst()
        return "\(whole).\(digits)"
    }
}

extension SegmentIndex {
    /// The longest segment in seconds, each rounded (RFC 8216 section 4.3.3.1).
    var targetSeconds: Int64 {
        max(1, segments.map { ($0.milliseconds + 500) / 1000 }.max() ?? 1)
    }

    /// Bits a second over all segments.
    var averageBitrate: Int64 {
        Self.rate(
            bytes: segments.reduce(0) { $0 + $1.length },
            milliseconds: segments.reduce(0) { $0 + $1.milliseconds }
        )
    }

    /// The most bits a second of any run of segments that plays between half and one and a half times the target duration
    /// (RFC 8216 section 4.1).
    var peakBitrate: Int64 {
        let bounds = targetSeconds * 500...targetSeconds * 1500
        var peak: Int64 = 0
        for start in segments.indices {
            var (bytes, milliseconds): (Int64, Int64) = (0, 0)
            for segment in segments[start...] {
                bytes += segment.length
                milliseconds += segment.milliseconds
                guard milliseconds <= bounds.upperBound else { break }
                if milliseconds >= bounds.lowerBound {
                    peak = max(peak, Self.rate(bytes: bytes, milliseconds: milliseconds))
                }
            }
        }
        return max(peak, averageBitrate)
    }

    /// Rounded up: what is promised must suffice.
    private static func rate(bytes: Int64, milliseconds: Int64) -> Int64 {
        guard milliseconds > 0 else { return bytes * 8 }
        return (bytes * 8000 + milliseconds - 1) / milliseconds
    }
}
