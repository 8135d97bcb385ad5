import CLibAV
import Glibc
import Media

/// The way of a sound from packets of the source to packets of the output: at most two channels, from the output's beginning on and
/// without gaps.
final class AudioLane {
    /// What is off by less of a second than that is left alone.
    private static let toleratedShare = 10
    /// A gap of more seconds than that is a broken clock.
    private static let longestGap = 21_600

    let encoder: Encoder
    private let decoder: SoundDecoder
    private let span: SourceSpan
    private let timeBase: AVRational
    private let origin: Int64
    private let write: (UnsafeMutablePointer<AVPacket>) throws(MediaFailure) -> Void
    private let queue: SoundQueue
    private let rate: Int64
    private var resampler: Resampler?
    private var hasBegun = false

    init(
        _ stream: UnsafeMutablePointer<AVStream>,
        origin: Int64,
        span: SourceSpan,
        encoder: Encoder,
        write: @escaping (UnsafeMutablePointer<AVPacket>) throws(MediaFailure) -> Void
    ) throws(MediaFailure) {
        decoder = try SoundDecoder(stream)
        self.span = span
        timeBase = stream.pointee.time_base
        self.encoder = encoder
        self.write = write
        queue = try SoundQueue(for: encoder)
        rate = Int64(encoder.context.pointee.sample_rate)
        self.origin = av_rescale(origin, rate, 1_000_000)
    }

    /// How much sound there is so far, in seconds of the output.
    var seconds: Double { Double(queue.sampleCount) / Double(max(rate, 1)) }

    /// Takes the next packet, or with nil the end.
    func take(_ packet: UnsafePointer<AVPacket>?) throws(MediaFailure) {
        if let packet { span.note(packet) }
        try decoder.send(packet)
        while try decoder.receive() { try take(decoder.frame) }
        guard packet == nil else { return }
        if let resampler { try append(try resampler.rest(), skipping: 0) }
        try drain(isEnd: true)
        try encoder.encode(nil, write)
        span.noteLosses(decoder.lossCount)
    }

    private func take(_ frame: Frame) throws(MediaFailure) {
        span.note(frame)
        if resampler?.takes(frame) != true {
            if let resampler { try append(try resampler.rest(), skipping: 0) }
            resampler = try Resampler(from: frame, to: encoder)
        }
        guard let resampler else { return }
        let late = lateness(of: frame, behind: resampler.delay)
        // What plays before the beginning is an encoder's lead-in, or left out by an edit list.
        if late < 0, hasBegun { span.noteDrop() }
        hasBegun = true
        if late > 0 { try insertSilence(late) }
        try append(try resampler.converted(frame), skipping: max(-late, 0))
    }

    /// How many samples later than the last one's end a frame begins; 0 where that is no more than jitter.
    private func lateness(of frame: Frame, behind delay: Int64) -> Int64 {
        let time = frame.pointer.pointee.best_effort_timestamp
        guard time != satchel_no_pts() else { return 0 }
        let position = av_rescale_q(time, timeBase, AVRational(num: 1, den: Int32(clamping: rate))) &- origin
        let late = position &- (queue.sampleCount + delay)
        guard abs(late) <= rate * Int64(Self.longestGap) else { return 0 }
        return hasBegun && abs(late) <= rate / Int64(Self.toleratedShare) ? 0 : late
    }

    private func insertSilence(_ count: Int64) throws(MediaFailure) {
        var left = count
        while left > 0 {
            let silence = try Frame(sound: encoder, sampleCount: Int(min(left, 4_096)))
            satchel_make_silent(silence.pointer)
            try append(silence, skipping: 0)
            left -= Int64(silence.pointer.pointee.nb_samples)
        }
    }

    private func append(_ frame: Frame, skipping count: Int64) throws(MediaFailure) {
        try queue.append(frame, skipping: count)
        try drain(isEnd: false)
    }

    private func drain(isEnd: Bool) throws(MediaFailure) {
        while let frame = try queue.next(isEnd: isEnd) { try encoder.encode(frame.pointer, write) }
    }
}

/// Decodes one stream's sound.
///
/// Owns the AVCodecContext.
private final class SoundDecoder {
    let frame: Frame
    private(set) var lossCount = 0
    private let context: UnsafeMutablePointer<AVCodecContext>

    init(_ stream: UnsafeMutablePointer<AVStream>) throws(MediaFailure) {
        frame = try Frame()
        context = try VideoDecoder.open(stream, maxPixels: 1, subject: "sound")
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&owned)
    }

    /// Gives the decoder a packet, or with nil the end; a broken packet is passed over, and counted.
    func send(_ packet: UnsafePointer<AVPacket>?) throws(MediaFailure) {
        let error = avcodec_send_packet(context, packet)
        if error == satchel_averror(ENOMEM) { throw MediaFailure.outOfMemory }
        if VideoDecoder.isLoss(sending: packet, error) { lossCount += 1 }
    }

    /// Whether `frame` now holds the next stretch of sound.
    func receive() throws(MediaFailure) -> Bool {
        let error = avcodec_receive_frame(context, frame.pointer)
        if error == satchel_averror(ENOMEM) { throw MediaFailure.outOfMemory }
        if VideoDecoder.isLoss(receiving: error) { lossCount += 1 }
        guard error >= 0, frame.pointer.pointee.nb_samples > 0 else { return false }
        if satchel_is_damaged(frame.pointer) != 0 { lossCount += 1 }
        return true
    }
}
