import CLibAV
import Media

/// An opened file and what its header tells of it.
struct ProbedFile {
    let source: MediaSource
    /// The picture's stream.
    let video: UnsafeMutablePointer<AVStream>?
    /// The picture that goes with a sound; nil where there is a video.
    let cover: UnsafeMutablePointer<AVStream>?
    /// The displayed size; nil where the header tells none.
    let geometry: Geometry?
    private(set) var report: MediaReport

    init(_ bytes: FileBytes, maxPixels: Int64) throws(MediaFailure) {
        let source = try MediaSource(bytes)
        self.source = source
        report = MediaReport(format: source.format)
        try source.completeHeader(maxPixels: maxPixels)

        let choice = StreamChoice(source)
        video = choice.video
        cover = choice.cover
        guard choice.video != nil || choice.audio != nil else {
            throw MediaFailure(.unsupportedFormat, "The file has neither picture nor sound.")
        }
        geometry = choice.video.flatMap { ProbedFile.geometry(of: $0, in: source) }
        report.isStillImage = source.isImage
        report.hasVideo = choice.video != nil && !source.isImage
        if let video = choice.video { describePicture(video, maxPixels: maxPixels) }
        guard !source.isImage else {
            describeAnimation(bytes)
            return
        }
        if let audio = choice.audio { describeSound(audio) }
        report.capturedAt = CaptureTime(source, choice.video ?? choice.audio)?.text
        let declared = DeclaredDuration(source, bytes, streams: [choice.video, choice.audio].compactMap { $0 })
        setDuration(declared.milliseconds)
        if let video = choice.video { describePace(video) }
    }

    /// There is something to make a picture of.
    var hasPicture: Bool { video != nil || cover != nil }

    /// There is time in the file and its header does not tell how much.
    var lacksDuration: Bool { !report.isStillImage && report.durationMilliseconds == nil }

    /// There are moving pictures and the header does not tell how many a second.
    var lacksFrameRate: Bool { report.hasVideo && report.frameRate == nil }

    /// The header declares a larger picture than `maxPixels`.
    func exceeds(_ maxPixels: Int64) -> Bool {
        guard let parameters = video?.pointee.codecpar.pointee else { return false }
        return Int64(parameters.width) * Int64(parameters.height) > maxPixels
    }

    /// Notes what reading the packets told, where the header did not.
    mutating func complete(with findings: PacketScan.Findings) {
        if lacksDuration { setDuration(findings.milliseconds) }
        if lacksFrameRate { report.frameRate = findings.frameRate.flatMap(Self.believed) }
        if report.hasVideo, let isVariable = findings.isVariableFrameRate { report.isVariableFrameRate = isVariable }
    }
}

extension ProbedFile {
    /// The most that a frame's shape may differ from the header's and be taken for the same.
    private static let shapeTolerance = 0.02

    /// How a decoded frame is shown: as the header says, unless the frame is of another shape than the header's picture.
    func geometry(of frame: Frame) -> Geometry {
        guard let geometry else { return Geometry(frame: frame) }
        guard let parameters = video?.pointee.codecpar.pointee else { return geometry }
        let declared = Double(parameters.width) / Double(max(parameters.height, 1))
        let found = Double(frame.width) / Double(max(frame.height, 1))
        guard abs(found / declared - 1) > Self.shapeTolerance else { return geometry }
        return Geometry(
            storedWidth: frame.width,
            storedHeight: frame.height,
            pixelAspect: frame.pointer.pointee.sample_aspect_ratio,
            orientation: geometry.orientation
        )
    }

    private static func geometry(of stream: UnsafeMutablePointer<AVStream>, in source: MediaSource) -> Geometry? {
        let parameters = stream.pointee.codecpar.pointee
        guard parameters.width > 0, parameters.height > 0 else { return nil }
        return Geometry(
            storedWidth: Int(parameters.width),
            storedHeight: Int(parameters.height),
            // A picture's pixel density is no pixel aspect: nobody shows it stretched.
            pixelAspect: source.isImage
                ? AVRational(num: 1, den: 1) : av_guess_sample_aspect_ratio(source.context, stream, nil),
            orientation: Orientation(stream)
        )
    }
}

extension ProbedFile {
    /// Notes the duration, and with it the bit rate.
    private mutating func setDuration(_ milliseconds: Int64?) {
        guard let milliseconds, milliseconds > 0 else { return }
        report.durationMilliseconds = milliseconds
        let (bits, overflows) = source.byteCount.multipliedReportingOverflow(by: 8)
        let kilobits = (bits + milliseconds / 2) / milliseconds
        report.bitrate = overflows || kilobits <= 0 ? nil : Int(kilobits)
    }

    private mutating func describePicture(_ stream: UnsafeMutablePointer<AVStream>, maxPixels: Int64) {
        report.videoCodec = CodecName(stream)?.text
        report.width = geometry?.displayedWidth
        report.height = geometry?.displayedHeight
        report.rotation = geometry?.orientation.rotation
        report.hdrTransfer = Self.transfer(of: stream, maxPixels: maxPixels)
        let format = stream.pointee.codecpar.pointee.format
        if av_dict_get(stream.pointee.metadata, "alpha_mode", nil, 0).map({ String(cString: $0.pointee.value) }) == "1"
        {
            // Beside the picture that is decoded here, for which transparency does not exist.
            report.hasAlpha = true
        } else if format >= 0 {
            report.hasAlpha = satchel_has_alpha(format) != 0
        }
    }

    private mutating func describeSound(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        report.hasAudio = true
        report.audioCodec = CodecName(stream)?.text
        report.sampleRate = parameters.sample_rate > 0 ? Int(parameters.sample_rate) : nil
        report.channels = parameters.ch_layout.nb_channels > 0 ? Int(parameters.ch_layout.nb_channels) : nil
    }

    /// Notes how many pictures a second there are, and whether evenly.
    private mutating func describePace(_ stream: UnsafeMutablePointer<AVStream>) {
        // Of a fragmented MP4, FFmpeg has only an estimate.
        if !source.isMP4 || stream.pointee.nb_frames > 0 { report.frameRate = Self.frameRate(stream) }
        // What must be measured is judged by all of it.
        guard !lacksDuration, !lacksFrameRate else { return }
        report.isVariableFrameRate = FrameIntervals(stream, of: source).isVariable
    }

    /// Notes whether a GIF, an APNG or a sequence of pictures has several.
    private mutating func describeAnimation(_ bytes: FileBytes) {
        if let count = video?.pointee.nb_frames, count > 0 {
            report.isAnimated = count > 1
            report.frameCount = Int(count)
        } else {
            report.isAnimated = (try? PacketScan.hasSeveralPackets(bytes)) ?? false
        }
    }

    /// The transfer that the container declares or, where it is silent, the codec's own header in it.
    private static func transfer(
        of stream: UnsafeMutablePointer<AVStream>,
        maxPixels: Int64
    ) -> MediaReport.HDRTransfer? {
        let parameters = stream.pointee.codecpar.pointee
        let declared = parameters.color_trc
        let isSilent = declared == AVCOL_TRC_UNSPECIFIED || declared == AVCOL_TRC_RESERVED0
        // These decoders read it when they are opened.
        guard isSilent, [AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1].contains(parameters.codec_id) else {
            return MediaReport.HDRTransfer(declared)
        }
        let decoder = try? VideoDecoder(stream, maxPixels: maxPixels)
        return decoder.flatMap { MediaReport.HDRTransfer($0.declaredTransfer) }
    }

    /// The average rate or, where the container has none to be believed, the number of frames over their time.
    private static func frameRate(_ stream: UnsafeMutablePointer<AVStream>) -> Double? {
        let base = stream.pointee.time_base
        let seconds = Double(stream.pointee.duration) * Double(base.num) / Double(max(base.den, 1))
        let counted = stream.pointee.duration > 0 ? Double(stream.pointee.nb_frames) / seconds : 0
        return believed(rate(stream.pointee.avg_frame_rate)) ?? believed(counted)
    }

    /// A thousand or ninety thousand is a clock's tick, not a rate of pictures.
    private static func believed(_ rate: Double) -> Double? {
        rate.isFinite && rate > 0 && rate < 1_000 ? (rate * 1_000).rounded() / 1_000 : nil
    }

    private static func rate(_ rational: AVRational) -> Double {
        rational.den == 0 ? 0 : Double(rational.num) / Double(rational.den)
    }
}
