import CLibAV
import Glibc
import Media

/// The packets of the streams that a transcoding takes, in the order of the file.
final class SourceReader {
    /// So far is read to see when the streams begin.
    private static let maxLookAhead = 500
    /// A jump of more microseconds than that is the clock's, not the film's, where a container's clock may jump.
    private static let jump: Int64 = 10_000_000

    /// When the file begins, in microseconds: what comes then is at 0 in the output.
    private(set) var origin: Int64 = 0
    /// The file could not be read to its end.
    private(set) var breaksOff = false
    /// How often a clock jumped, with whatever was between.
    private(set) var jumpCount = 0
    /// How many packets of each stream were read.
    private(set) var packetCounts: [Int32: Int] = [:]
    /// How many bytes they have.
    private(set) var packetByteCount: Int64 = 0
    let source: MediaSource
    private let indices: Set<Int32>
    /// A container's clock may jump.
    let canJump: Bool
    /// Packets that were read ahead, the next one last.
    private var ahead: [Packet] = []
    /// Where each stream's next packet is expected, in microseconds.
    private var expected: [Int32: Int64] = [:]
    private var shift: Int64 = 0

    init(_ source: MediaSource, _ streams: [UnsafeMutablePointer<AVStream>]) throws(MediaFailure) {
        self.source = source
        indices = Set(streams.map(\.pointee.index))
        canJump = source.context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
        for stream in source.streams where !indices.contains(stream.pointee.index) {
            stream.pointee.discard = AVDISCARD_ALL
        }
        try lookAhead()
    }

    /// The next packet; nil at the end, or where the file breaks off.
    func next() throws(MediaFailure) -> Packet? {
        if let packet = ahead.popLast() { return packet }
        return try read()
    }

    /// Reads until each stream has told when it begins.
    private func lookAhead() throws(MediaFailure) {
        var begins: [Int32: Int64] = [:]
        var packets: [Packet] = []
        while begins.count < indices.count, packets.count < Self.maxLookAhead, let packet = try read() {
            packets.append(packet)
            let found = packet.pointer.pointee
            let time = found.pts != satchel_no_pts() ? found.pts : found.dts
            guard begins[found.stream_index] == nil, time != satchel_no_pts() else { continue }
            begins[found.stream_index] = microseconds(time, found.stream_index)
        }
        ahead = packets.reversed()
        let first = begins.values.min() ?? 0
        // What lies before zero is no part of the film: an encoder's lead-in, or what an edit list leaves out. A clock that jumps
        // has no zero.
        origin = canJump ? first : max(first, 0)
    }

    private func read() throws(MediaFailure) -> Packet? {
        let packet = try Packet()
        while true {
            let error = av_read_frame(source.context, packet.pointer)
            if error == satchel_averror(ENOMEM) { throw MediaFailure.outOfMemory }
            guard error >= 0 else {
                breaksOff = error != satchel_averror_eof()
                return nil
            }
            if indices.contains(packet.pointer.pointee.stream_index) { break }
            av_packet_unref(packet.pointer)
        }
        packetCounts[packet.pointer.pointee.stream_index, default: 0] += 1
        packetByteCount += Int64(max(packet.pointer.pointee.size, 0))
        if canJump { smooth(packet.pointer) }
        return packet
    }

    /// Takes the jumps of the clock out of the packet's times.
    private func smooth(_ packet: UnsafeMutablePointer<AVPacket>) {
        let index = packet.pointee.stream_index
        let decoding = packet.pointee.dts != satchel_no_pts() ? packet.pointee.dts : packet.pointee.pts
        guard decoding != satchel_no_pts() else { return }
        var time = microseconds(decoding, index) &+ shift
        if let wanted = expected[index], abs(time &- wanted) > Self.jump {
            jumpCount += 1
            shift = shift &- (time &- wanted)
            time = wanted
        }
        expected[index] = time &+ microseconds(max(packet.pointee.duration, 0), index)
        guard shift != 0, let base = timeBase(index) else { return }
        let ticks = av_rescale_q(shift, AVRational(num: 1, den: 1_000_000), base)
        if packet.pointee.pts != satchel_no_pts() { packet.pointee.pts = packet.pointee.pts &+ ticks }
        if packet.pointee.dts != satchel_no_pts() { packet.pointee.dts = packet.pointee.dts &+ ticks }
    }

    private func microseconds(_ ticks: Int64, _ index: Int32) -> Int64 {
        timeBase(index).map { av_rescale_q(ticks, $0, AVRational(num: 1, den: 1_000_000)) } ?? 0
    }

    private func timeBase(_ index: Int32) -> AVRational? {
        source.context.pointee.streams[Int(index)]?.pointee.time_base
    }
}
