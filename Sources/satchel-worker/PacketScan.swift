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
        /// The pictures are not of equal length.
        var isVariableFrameRate: Bool?
    }

    private static let maxPackets = 5_000_000
    private static let maxMilliseconds: Int64 = 4_000
    private static let packetsBetweenClocks = 1_000

    private let source: MediaSource
    private let packet: Packet

    init(_ bytes: FileBytes, maxPixels: Int64) throws(MediaFailure) {
        source = try MediaSource(bytes)
        // An MP4's packets have their times without it.
        if !source.isMP4 { try source.completeHeader(maxPixels: maxPixels) }
        packet = try Packet()
    }

    /// There is more than one packet in a file.
    static func hasSeveralPackets(_ bytes: FileBytes) throws(MediaFailure) -> Bool {
        let source = try MediaSource(bytes)
        let packet = try Packet()
        for _ in 0..<2 {
            guard av_read_frame(source.context, packet.pointer) >= 0 else { return false }
            av_packet_unref(packet.pointer)
        }
        return true
    }

    /// Reads the file from its beginning to its end, for a bounded time.
    func run() -> Findings {
        let choice = StreamChoice(source)
        return source.isMP4 ? findingsOfIndex(choice) : findingsOfPackets(choice)
    }

    private func findingsOfPackets(_ choice: StreamChoice) -> Findings {
        let indices = Set([choice.video, choice.audio].compactMap { $0?.pointee.index })
        let deadline = MonotonicClock.milliseconds() + Self.maxMilliseconds
        var all = Span()
        var pictures = Span()
        var intervals = FrameIntervals()
        var sums: [Int32: Int64] = [:]
        for count in 0..<Self.maxPackets {
            guard count % Self.packetsBetweenClocks != 0 || MonotonicClock.milliseconds() < deadline else { break }
            guard av_read_frame(source.context, packet.pointer) >= 0 else {
                let longest = max(all.length, sums.values.max() ?? 0)
                return Findings(
                    milliseconds: longest > 0 ? (longest + 500) / 1_000 : nil,
                    frameRate: pictures.rate,
                    isVariableFrameRate: intervals.isVariable
                )
            }
            defer { av_packet_unref(packet.pointer) }
            let index = packet.pointer.pointee.stream_index
            guard indices.contains(index), let stream = source.context.pointee.streams[Int(index)] else { continue }
            let (ticks, length) = time
            guard let ticks else {
                sums[index, default: 0] &+= microseconds(length, of: stream)
                continue
            }
            let moment = microseconds(ticks, of: stream)
            all.add(moment, length: microseconds(length, of: stream))
            guard stream == choice.video else { continue }
            pictures.add(moment, length: microseconds(length, of: stream))
            intervals.add(ticks)
        }
        return Findings()
    }

    /// Has FFmpeg read all of an MP4's fragments, and no packet: their times are then in its index.
    private func findingsOfIndex(_ choice: StreamChoice) -> Findings {
        for stream in source.streams { stream.pointee.discard = AVDISCARD_ALL }
        guard av_read_frame(source.context, packet.pointer) < 0 else { return Findings() }
        var all = Span()
        var findings = Findings()
        for stream in [choice.video, choice.audio].compactMap({ $0 }) {
            var span = Span()
            let count = avformat_index_get_entries_count(stream)
            for number in [0, count - 1] where number >= 0 {
                guard let entry = avformat_index_get_entry(stream, number) else { continue }
                span.add(microseconds(entry.pointee.timestamp, of: stream), length: 0)
            }
            span.extend(count: Int(count))
            all.add(span)
            guard stream == choice.video else { continue }
            findings.frameRate = span.rate
            var intervals = FrameIntervals()
            intervals.addIndex(of: stream)
            findings.isVariableFrameRate = intervals.isVariable
        }
        findings.milliseconds = all.length > 0 ? (all.length + 500) / 1_000 : nil
        return findings
    }

    /// The packet's time, if it has one, and its length, in its stream's ticks.
    private var time: (moment: Int64?, length: Int64) {
        let found = packet.pointer.pointee
        let moment = found.pts != satchel_no_pts() ? found.pts : found.dts
        return (moment == satchel_no_pts() ? nil : moment, max(found.duration, 0))
    }

    private func microseconds(_ ticks: Int64, of stream: UnsafeMutablePointer<AVStream>) -> Int64 {
        av_rescale_q(ticks, stream.pointee.time_base, AVRational(num: 1, den: 1_000_000))
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

    /// Takes in all that another one covers.
    mutating func add(_ other: Span) {
        guard let start = other.first else { return }
        add(start, length: other.length)
    }

    /// Says that the first and the last of so many have been added: the last one lasts as long as the others on average.
    mutating func extend(count total: Int) {
        count = total
        guard let first, total > 1 else { return }
        end = last &+ (last &- first) / Int64(total - 1)
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
