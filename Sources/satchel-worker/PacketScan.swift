import CLibAV
import Media

/// Measures a file's playing time and frame rate by reading its packets.
struct PacketScan {
    /// What was found; nil where the packets have no times, or there are too many.
    struct Findings {
        /// From the first packet's beginning to the last one's end.
        var milliseconds: Int64?
        /// The pictures' average rate.
        var frameRate: Double?
    }

    private static let maxPackets = 5_000_000

    private let source: MediaSource
    private let packet: Packet

    init(_ bytes: FileBytes, maxPixels: Int64) throws(MediaFailure) {
        source = try MediaSource(bytes)
        try source.completeHeader(maxPixels: maxPixels)
        packet = try Packet()
    }

    func run() -> Findings {
        let choice = StreamChoice(source)
        let indices = Set([choice.video, choice.audio].compactMap { $0?.pointee.index })
        var all = Span()
        var pictures = Span()
        var sums: [Int32: Int64] = [:]
        for _ in 0..<Self.maxPackets {
            guard av_read_frame(source.context, packet.pointer) >= 0 else {
                let longest = max(all.length, sums.values.max() ?? 0)
                return Findings(
                    milliseconds: longest > 0 ? (longest + 500) / 1_000 : nil,
                    frameRate: pictures.rate
                )
            }
            defer { av_packet_unref(packet.pointer) }
            let index = packet.pointer.pointee.stream_index
            guard indices.contains(index), let stream = source.context.pointee.streams[Int(index)] else { continue }
            let (moment, length) = microseconds(stream.pointee.time_base)
            guard let time = moment else {
                sums[index, default: 0] &+= length
                continue
            }
            all.add(time, length: length)
            if stream == choice.video { pictures.add(time, length: length) }
        }
        return Findings()
    }

    /// The packet's time, if it has one, and its length.
    private func microseconds(_ base: AVRational) -> (time: Int64?, length: Int64) {
        let microsecond = AVRational(num: 1, den: 1_000_000)
        let found = packet.pointer.pointee
        let length = found.duration > 0 ? av_rescale_q(found.duration, base, microsecond) : 0
        let time = found.pts != satchel_no_pts() ? found.pts : found.dts
        return (time == satchel_no_pts() ? nil : av_rescale_q(time, base, microsecond), length)
    }
}

/// The stretch of time that packets cover, in microseconds.
private struct Span {
    private var first: Int64?
    private var last: Int64 = 0
    private var end: Int64 = 0
    private var count = 0

    mutating func add(_ time: Int64, length: Int64) {
        first = min(first ?? time, time)
        last = count == 0 ? time : max(last, time)
        end = count == 0 ? time &+ length : max(end, time &+ length)
        count += 1
    }

    var length: Int64 {
        guard let first else { return 0 }
        let (length, overflows) = end.subtractingReportingOverflow(first)
        return overflows ? 0 : length
    }

    /// The beginnings a second; nil for fewer than two.
    var rate: Double? {
        guard let first, count > 1, last > first else { return nil }
        return Double(count - 1) * 1_000_000 / (Double(last) - Double(first))
    }
}
