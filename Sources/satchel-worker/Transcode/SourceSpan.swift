import CLibAV
import Media

/// When the packets of a source's stream play, and how often they did not decode.
///
/// Some decoders pass over what is damaged without a word. So it is also noted in which tenths of a second there are packets, and
/// in which something came of them. What is missing of the source, and what was decoded and found no place, is counted beside that.
final class SourceSpan {
    private static let milliseconds = AVRational(num: 1, den: 1_000)

    private let timeBase: AVRational
    /// When the output begins, in milliseconds of the source.
    private let origin: Int64
    private var begin: Int64?
    private var end: Int64?
    private var lossCount = 0
    private var sent: Set<Int64> = []
    private var decoded: Set<Int64> = []
    private var lacksTimes = false
    private var dropCount = 0
    private var continuity: SourceContinuity
    private static let tenth = AVRational(num: 1, den: 10)

    /// `isDeclared`: the stream's own header says how long it is, which counts where packets are missing.
    init(_ stream: UnsafeMutablePointer<AVStream>, origin: Int64, isDeclared: Bool) {
        timeBase = stream.pointee.time_base
        continuity = SourceContinuity(stream, isIndexed: isDeclared)
        self.origin = origin / 1_000
        guard isDeclared, stream.pointee.nb_frames > 0, stream.pointee.duration > 0,
            stream.pointee.start_time != satchel_no_pts()
        else { return }
        note(from: stream.pointee.start_time, lasting: stream.pointee.duration)
    }

    /// Notes a packet that comes out of the file.
    func note(_ packet: UnsafePointer<AVPacket>) {
        continuity.note(packet)
        // What is read only so that others decode is not shown.
        guard packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0, packet.pointee.pts != satchel_no_pts() else { return }
        note(from: packet.pointee.pts, lasting: max(packet.pointee.duration, 0))
        sent.insert(av_rescale_q(packet.pointee.pts, timeBase, Self.tenth))
    }

    /// Notes a picture or a stretch of sound that comes out of the decoder.
    func note(_ frame: Frame) {
        continuity.note(frame)
        let time = frame.pointer.pointee.best_effort_timestamp
        if time == satchel_no_pts() {
            lacksTimes = true
        } else {
            decoded.insert(av_rescale_q(time, timeBase, Self.tenth))
        }
    }

    /// Notes that so much did not decode.
    func noteLosses(_ count: Int) {
        lossCount += count
    }

    /// Notes that something was decoded that has no place in the output.
    func noteDrop() {
        dropCount += 1
    }

    /// Notes that something of the source is missing.
    func noteGap() {
        continuity.noteGap()
    }

    /// How many seconds of it are read and not to be shown, such as an edit list hides.
    var hiddenSeconds: Double { continuity.hiddenSeconds }

    /// When the last packet ends, in milliseconds of the source; nil where no packet has a time.
    var lastMillisecond: Int64? { end }

    /// What is told of the stream, which is the muxer's of that number.
    func result(_ muxer: Muxer, _ number: Int) -> TranscodedStream {
        continuity.end()
        let isThere = muxer.packetCounts[number] > 0
        return TranscodedStream(
            lossCount: lossCount + silentLossCount,
            dropCount: dropCount,
            gapCount: continuity.gapCount,
            source: begin.flatMap { begin in end.map { .init(begin: begin - origin, end: $0 - origin) } },
            output: isThere ? .init(begin: muxer.begins[number] / 1_000, end: muxer.ends[number] / 1_000) : nil
        )
    }

    /// In how many tenths of a second there are packets of which nothing came; where the decoder told of losses, these are not
    /// counted twice.
    private var silentLossCount: Int {
        guard lossCount == 0 else { return 0 }
        guard !lacksTimes else { return continuity.silentPacketCount }
        // Of two packets that make one picture only one has its time.
        let count = sent.count { moment in !(moment - 1...moment + 1).contains { decoded.contains($0) } }
        return max(count, continuity.silentPacketCount)
    }

    private func note(from time: Int64, lasting duration: Int64) {
        let first = av_rescale_q(time, timeBase, Self.milliseconds)
        begin = min(begin ?? first, first)
        end = max(end ?? first, av_rescale_q(time &+ duration, timeBase, Self.milliseconds))
    }
}
