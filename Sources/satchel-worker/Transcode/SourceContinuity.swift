import CLibAV
import Media

/// Whether a source's stream follows on without a break, as far as that can be seen.
///
/// A demuxer that finds nonsense goes on at the next thing that makes sense and says nothing. What is left is a pause for which no
/// packet lasts, or packets of which the decoder makes nothing or less than it should.
struct SourceContinuity {
    /// A clock is told in steps, often of a millisecond.
    private static let toleratedMicroseconds: Int64 = 5_000
    /// A pause in the sound of a file that declares its pauses is no more than jitter up to here.
    private static let toleratedSilence: Int64 = 100_000
    /// Codecs whose pictures may come in two packets, or with some that only others refer to.
    private static let uneven: Set<UInt32> = Set(
        [AV_CODEC_ID_VP8, AV_CODEC_ID_H264, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_VC1].map(\.rawValue)
    )
    /// Codecs of sound whose packets are all of one length.
    static let even: Set<UInt32> = Set(
        [AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_OPUS, AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3].map(\.rawValue)
    )
    private static let microseconds = AVRational(num: 1, den: 1_000_000)

    /// How often something is missing.
    private(set) var gapCount = 0
    private let timeBase: AVRational
    private let isSound: Bool
    /// The picture with the time of each packet comes.
    private let isTimed: Bool
    /// Each packet gives a picture.
    private let isOneToOne: Bool
    /// The file has a table of all packets, which says how long each lasts: a pause is meant.
    private let isIndexed: Bool
    /// The last packet's decoding time and how long it lasts, in ticks.
    private var lastDecoding: Int64?
    private var lastDuration: Int64 = 0
    /// The times of packets of which nothing has come yet.
    private var pending: Set<Int64> = []
    private var packetCount = 0
    private var frameCount = 0
    /// When the sound that came last ends, in microseconds, when the first began, and how much there was.
    private var soundEnd: Int64?
    private var soundBegin: Int64?
    private var soundLength: Int64 = 0
    /// How long the packets last that are not to be shown, in seconds.
    private(set) var hiddenSeconds: Double = 0
    private let isEven: Bool
    /// The length of the longest sound so far, and whether the last one was shorter: only at the end that may be so.
    private var usualLength: Int64 = 0
    private var isShort = false

    init(_ stream: UnsafeMutablePointer<AVStream>, isIndexed: Bool) {
        timeBase = stream.pointee.time_base
        isSound = stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO
        let codec = stream.pointee.codecpar.pointee.codec_id
        isTimed = !isSound && codec != AV_CODEC_ID_VP8
        isOneToOne = !isSound && !Self.uneven.contains(codec.rawValue)
        self.isIndexed = isIndexed
        isEven = isSound && isIndexed && Self.even.contains(codec.rawValue)
    }

    /// Of so many packets nothing came, though the decoder did not complain.
    var silentPacketCount: Int { max(pending.count, isOneToOne ? packetCount - frameCount : 0) }

    mutating func noteGap() {
        gapCount += 1
    }

    mutating func note(_ packet: UnsafePointer<AVPacket>) {
        let found = packet.pointee
        if found.flags & AV_PKT_FLAG_DISCARD != 0 {
            hiddenSeconds += Double(max(found.duration, lastDuration, 0)) * av_q2d(timeBase)
        }
        if isTimed, found.flags & AV_PKT_FLAG_DISCARD == 0, found.size > 0 {
            packetCount += 1
            if found.pts != satchel_no_pts() { pending.insert(found.pts) }
        }
        guard found.dts != satchel_no_pts() else { return }
        defer { lastDecoding = found.dts }
        guard let last = lastDecoding else { return lastDuration = max(found.duration, 0) }
        let step = found.dts &- last
        if step < 0 {
            gapCount += 1
        } else if !isSound, !isIndexed, lastDuration > 0 {
            notePause(of: length(step) &- length(lastDuration), behind: length(lastDuration))
        }
        lastDuration = found.duration > 0 ? found.duration : max(step, 0)
    }

    mutating func note(_ frame: Frame) {
        guard isSound else {
            frameCount += 1
            pending.remove(frame.pointer.pointee.pts)
            pending.remove(frame.pointer.pointee.best_effort_timestamp)
            return
        }
        let rate = frame.pointer.pointee.sample_rate
        guard rate > 0 else { return }
        let length = av_rescale(Int64(frame.pointer.pointee.nb_samples), 1_000_000, Int64(rate))
        let time = frame.pointer.pointee.best_effort_timestamp
        let begin = time == satchel_no_pts() ? soundEnd ?? 0 : self.length(time)
        if let soundEnd { noteSilence(of: begin &- soundEnd, before: length) }
        soundBegin = soundBegin ?? begin
        soundEnd = begin &+ length
        soundLength += length
    }

    /// Takes in that the stream has ended: many pauses that are nothing each may be much together.
    mutating func end() {
        guard let soundBegin, let soundEnd else { return }
        let span = soundEnd &- soundBegin
        if span &- soundLength > max(span / 100, 250_000) { gapCount += 1 }
    }

    private mutating func noteSilence(of pause: Int64, before length: Int64) {
        if isShort { gapCount += 1 }
        isShort = isEven && length < usualLength
        usualLength = max(usualLength, length)
        if isIndexed {
            if pause > Self.toleratedSilence { gapCount += 1 }
        } else {
            notePause(of: pause, behind: length)
        }
    }

    /// Half a packet is jitter, a whole one is missing.
    private mutating func notePause(of pause: Int64, behind length: Int64) {
        if pause > max(length / 2, Self.toleratedMicroseconds) { gapCount += 1 }
    }

    private func length(_ ticks: Int64) -> Int64 {
        av_rescale_q(ticks, timeBase, Self.microseconds)
    }
}

extension Transcoding {
    /// Notes what of the streams did not come, which no packet tells.
    func noteGaps(_ reader: SourceReader, _ picture: SourceSpan?, _ sound: SourceSpan?) {
        let isBroken = areFragmentsMissing || reader.jumpCount > 0 || reader.endsEarly([picture, sound])
        for (span, stream) in [(picture, video), (sound, audio)] {
            guard let span, let stream else { continue }
            let promised = source.isMP4 ? Int(avformat_index_get_entries_count(stream)) : 0
            let came = reader.packetCounts[stream.pointee.index] ?? 0
            if isBroken || came < promised { span.noteGap() }
        }
    }
}

extension SourceReader {
    /// A header's length is rounded, or that of a stream which nobody needs.
    private static let toleratedMicroseconds: Int64 = 250_000

    /// The file begins later than its header says, or one of the streams ends earlier.
    ///
    /// An MP4 tells that of each stream; where clocks may jump nothing is told.
    func endsEarly(_ spans: [SourceSpan?]) -> Bool {
        guard !source.isMP4, !canJump else { return false }
        let context = source.context.pointee
        guard origin <= Self.toleratedMicroseconds else { return true }
        guard context.duration > 0, context.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE else {
            return false
        }
        return spans.compactMap { $0 }
            .contains { span in
                context.duration / 1_000 &- (span.lastMillisecond ?? 0) > Self.toleratedMicroseconds / 1_000
            }
    }
}
