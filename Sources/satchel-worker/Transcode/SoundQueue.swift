import CLibAV
import Media

/// Samples that wait until there are as many as an encoder takes at once.
///
/// Owns the AVAudioFifo.
final class SoundQueue {
    /// How many samples were put in, from the beginning of the output.
    private(set) var sampleCount: Int64 = 0
    private let encoder: Encoder
    private let fifo: OpaquePointer
    private var taken: Int64 = 0

    init(for encoder: Encoder) throws(MediaFailure) {
        self.encoder = encoder
        let context = encoder.context.pointee
        guard let fifo = av_audio_fifo_alloc(context.sample_fmt, context.ch_layout.nb_channels, 8_192) else {
            throw MediaFailure.outOfMemory
        }
        self.fifo = fifo
    }

    deinit {
        av_audio_fifo_free(fifo)
    }

    /// Puts a frame's samples behind the others, but for so many at its beginning.
    func append(_ frame: Frame, skipping skipped: Int64) throws(MediaFailure) {
        let all = Int64(frame.pointer.pointee.nb_samples)
        let count = all - min(skipped, all)
        guard count > 0 else { return }
        guard satchel_queue_sound(fifo, frame.pointer, Int32(clamping: skipped), Int32(clamping: count)) == count else {
            throw MediaFailure.outOfMemory
        }
        sampleCount += count
    }

    /// As many samples as the encoder takes, with their time; nil where there are not so many, or at the end none.
    func next(isEnd: Bool) throws(MediaFailure) -> Frame? {
        let wanted = max(encoder.context.pointee.frame_size, 1)
        let count = min(av_audio_fifo_size(fifo), wanted)
        guard isEnd ? count > 0 : count == wanted else { return nil }
        let frame = try Frame(sound: encoder, sampleCount: Int(count))
        guard satchel_take_sound(fifo, frame.pointer) == count else { throw MediaFailure.outOfMemory }
        frame.pointer.pointee.pts = taken
        taken += Int64(count)
        return frame
    }
}

/// Brings sound to the rate, the channels and the kind of numbers that an encoder takes.
///
/// Owns the SwrContext.
final class Resampler {
    private let context: OpaquePointer
    private let encoder: Encoder
    private let rate: Int32
    private let format: Int32
    private let channels: Int32

    init(from frame: Frame, to encoder: Encoder) throws(MediaFailure) {
        self.encoder = encoder
        rate = frame.pointer.pointee.sample_rate
        format = frame.pointer.pointee.format
        channels = frame.pointer.pointee.ch_layout.nb_channels
        var layout = AVChannelLayout()
        // Some files say how many channels there are and not which.
        if frame.pointer.pointee.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC {
            av_channel_layout_default(&layout, channels)
        } else {
            guard av_channel_layout_copy(&layout, &frame.pointer.pointee.ch_layout) >= 0 else {
                throw MediaFailure.outOfMemory
            }
        }
        defer { av_channel_layout_uninit(&layout) }
        var made: OpaquePointer?
        var error = swr_alloc_set_opts2(
            &made,
            &encoder.context.pointee.ch_layout,
            encoder.context.pointee.sample_fmt,
            encoder.context.pointee.sample_rate,
            &layout,
            AVSampleFormat(rawValue: format),
            rate,
            0,
            nil
        )
        if error >= 0, let made {
            // Channels that come together are not to be louder than one alone can be.
            av_opt_set_double(UnsafeMutableRawPointer(made), "rematrix_maxval", 1, 0)
            error = swr_init(made)
        }
        guard error >= 0, let context = made else {
            swr_free(&made)
            throw MediaFailure(libav: error, .renderingFailed, "The sound cannot be converted")
        }
        self.context = context
    }

    deinit {
        var owned: OpaquePointer? = context
        swr_free(&owned)
    }

    /// It was made for such a frame.
    func takes(_ frame: Frame) -> Bool {
        frame.pointer.pointee.sample_rate == rate && frame.pointer.pointee.format == format
            && frame.pointer.pointee.ch_layout.nb_channels == channels
    }

    /// Samples that have come and are still to go.
    var delay: Int64 { swr_get_delay(context, Int64(encoder.context.pointee.sample_rate)) }

    /// A frame's sound, as far as it is ready.
    func converted(_ frame: Frame) throws(MediaFailure) -> Frame {
        try convert(frame, capacity: swr_get_out_samples(context, frame.pointer.pointee.nb_samples))
    }

    /// What is left at the end.
    func rest() throws(MediaFailure) -> Frame {
        try convert(nil, capacity: swr_get_out_samples(context, 0))
    }

    private func convert(_ frame: Frame?, capacity: Int32) throws(MediaFailure) -> Frame {
        let target = try Frame(sound: encoder, sampleCount: Int(max(capacity, 1)))
        let count = satchel_resample(context, target.pointer, frame?.pointer)
        guard count >= 0 else { throw MediaFailure(libav: count, .renderingFailed, "The sound cannot be converted") }
        target.pointer.pointee.nb_samples = count
        return target
    }
}

extension Encoder {
    /// An encoder of AAC, or of Opus in an Ogg file, for a sound of such a rate and so many channels.
    convenience init(
        audio specification: TranscodeSpecification,
        sampleRate: Int,
        channels: Int
    ) throws(MediaFailure) {
        let isOpus = specification.container == .opus
        // Opus has one clock; of the others' rates those of the two families of clocks are kept.
        let rate: Int32 = isOpus || sampleRate % 11_025 != 0 || sampleRate == 0 ? 48_000 : 44_100
        try self.init(isOpus ? "libopus" : "aac") { context in
            context.sample_fmt = isOpus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP
            context.sample_rate = rate
            context.time_base = AVRational(num: 1, den: rate)
            av_channel_layout_default(&context.ch_layout, channels == 1 ? 1 : 2)
            // One channel needs no more than 160 kbit/s.
            let kilobits = min(specification.effectiveAudioBitrate, channels == 1 ? 160 : 320)
            context.bit_rate = Int64(kilobits) * 1_000
            if !isOpus { context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        }
    }
}

extension Frame {
    /// Room for so many samples as an encoder takes them.
    convenience init(sound encoder: Encoder, sampleCount: Int) throws(MediaFailure) {
        try self.init()
        pointer.pointee.format = encoder.context.pointee.sample_fmt.rawValue
        pointer.pointee.sample_rate = encoder.context.pointee.sample_rate
        pointer.pointee.nb_samples = Int32(clamping: sampleCount)
        guard av_channel_layout_copy(&pointer.pointee.ch_layout, &encoder.context.pointee.ch_layout) >= 0,
            av_frame_get_buffer(pointer, 0) >= 0
        else { throw MediaFailure.outOfMemory }
    }
}
