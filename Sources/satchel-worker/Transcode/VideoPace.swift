import CLibAV
import Media

/// How many pictures a second a video has, and where its key frames are.
struct VideoPace {
    /// The rate that is expected, on average.
    let frameRate: Double
    /// The most that are kept of a second.
    let maxFrameRate: Double
    /// Seconds between key frames that are forced; nil where pictures are counted instead.
    let keyFrameGrid: Double?
    /// Pictures between key frames, where they are counted.
    let keyFrameInterval: Int

    /// What a clock's tick is mistaken for is no rate.
    private static let believed = 0.5...240.0

    init(_ specification: TranscodeSpecification, of report: MediaReport) {
        maxFrameRate = specification.effectiveMaxFrameRate
        let found = report.frameRate.flatMap { Self.believed.contains($0) ? $0 : nil }
        frameRate = min(found ?? 30, maxFrameRate)
        // By pictures the encoder can start anew at a cut; of an uneven rate it would not know how long they last.
        let isEven = found != nil && report.isVariableFrameRate != true
        keyFrameGrid =
            specification.container == .fragmented || !isEven ? specification.effectiveKeyFrameSeconds : nil
        keyFrameInterval = max(1, Int((frameRate * specification.effectiveKeyFrameSeconds).rounded()))
    }
}

extension Encoder {
    /// An encoder of H.264 (x264) for pictures of a converter.
    convenience init(
        video specification: TranscodeSpecification,
        _ converter: PictureConverter,
        _ pace: VideoPace
    ) throws(MediaFailure) {
        let rate = pace.frameRate
        var options = [
            "preset": specification.effectivePreset, "crf": String(specification.effectiveCRF), "profile": "high",
            "forced-idr": "1",
        ]
        if specification.weighsBFrames { options["b_strategy"] = "2" }
        try self.init("libx264", options: options) { context in
            context.width = Int32(clamping: converter.width)
            context.height = Int32(clamping: converter.height)
            context.pix_fmt = AV_PIX_FMT_YUV420P
            context.sample_aspect_ratio = AVRational(num: 1, den: 1)
            context.time_base = AVRational(num: 1, den: VideoLane.ticks)
            context.framerate = av_d2q(rate, 60_000)
            context.color_range = AVCOL_RANGE_MPEG
            context.colorspace = converter.color.space
            context.color_primaries = converter.color.primaries
            context.color_trc = converter.color.transfer
            context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
            if let most = specification.effectiveMaxBitrate {
                context.rc_max_rate = Int64(most) * 1_000
                context.rc_buffer_size = Int32(clamping: 2_000 * most)
            }
            if pace.keyFrameGrid == nil {
                context.gop_size = Int32(clamping: pace.keyFrameInterval)
            } else {
                // x264's infinity.
                context.gop_size = 1 << 30
                // A cut gets a picture of its own, but no place to begin at: segments begin where they are due.
                if specification.container == .fragmented { context.keyint_min = 1 << 29 }
            }
        }
    }
}
