import CLibAV
import Media

/// An opened file and what its header tells of it.
struct ProbedFile {
    let source: MediaSource
    /// The picture's stream.
    let video: UnsafeMutablePointer<AVStream>?
    /// What a picture's header declares.
    let header: ImageHeader?
    /// The displayed size; nil where the header tells none.
    let geometry: Geometry?
    private(set) var report: MediaReport

    init(_ bytes: FileBytes, maxPixels: Int64) throws(MediaFailure) {
        let source = try MediaSource(bytes)
        self.source = source
        report = MediaReport(format: source.format)
        let declaredHeader = source.isImage ? ImageHeader(bytes) : nil
        let header = declaredHeader.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
        self.header = header
        if header == nil { try source.completeHeader(maxPixels: maxPixels) }

        let choice = StreamChoice(source)
        video = choice.video
        guard choice.video != nil || choice.audio != nil else {
            throw MediaFailure(.unsupportedFormat, "The file has neither picture nor sound.")
        }
        if let video = choice.video {
            geometry = ProbedFile.geometry(of: video, in: source, header: header)
        } else {
            geometry = nil
        }
        report.isStillImage = source.isImage
        report.hasVideo = choice.video != nil && !source.isImage
        if let video = choice.video { describePicture(video) }
        guard !source.isImage else { return }
        if let audio = choice.audio { describeSound(audio) }
        let declared = DeclaredDuration(source, streams: [choice.video, choice.audio].compactMap { $0 })
        setDuration(declared.milliseconds)
    }

    /// There is time in the file and its header does not tell how much.
    var lacksDuration: Bool { !report.isStillImage && report.durationMilliseconds == nil }

    /// There are moving pictures and the header does not tell how many a second.
    var lacksFrameRate: Bool { report.hasVideo && report.frameRate == nil }

    /// Notes what reading the packets told, where the header did not.
    mutating func complete(with findings: PacketScan.Findings) {
        if lacksDuration { setDuration(findings.milliseconds) }
        if lacksFrameRate { report.frameRate = findings.frameRate.flatMap(Self.believed) }
    }

    /// Notes the duration, and with it the bit rate.
    private mutating func setDuration(_ milliseconds: Int64?) {
        guard let milliseconds, milliseconds > 0 else { return }
        report.durationMilliseconds = milliseconds
        let (bits, overflows) = source.byteCount.multipliedReportingOverflow(by: 8)
        let kilobits = (bits + milliseconds / 2) / milliseconds
        report.bitrate = overflows || kilobits <= 0 ? nil : Int(kilobits)
    }

    private mutating func describePicture(_ stream: UnsafeMutablePointer<AVStream>) {
        report.videoCodec = Self.codecName(stream)
        report.width = geometry?.displayedWidth
        report.height = geometry?.displayedHeight
        report.rotation = geometry?.orientation.rotation
        // Of a fragmented MP4, FFmpeg has only an estimate.
        guard !source.isImage, !source.isMP4 || stream.pointee.nb_frames > 0 else { return }
        report.frameRate = Self.frameRate(stream)
    }

    private mutating func describeSound(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        report.hasAudio = true
        report.audioCodec = Self.codecName(stream)
        report.sampleRate = parameters.sample_rate > 0 ? Int(parameters.sample_rate) : nil
        report.channels = parameters.ch_layout.nb_channels > 0 ? Int(parameters.ch_layout.nb_channels) : nil
    }

    private static func geometry(
        of stream: UnsafeMutablePointer<AVStream>,
        in source: MediaSource,
        header: ImageHeader?
    ) -> Geometry? {
        // A picture's pixel density is no pixel aspect: nobody shows it stretched.
        let square = AVRational(num: 1, den: 1)
        if let header {
            return Geometry(
                storedWidth: header.width,
                storedHeight: header.height,
                pixelAspect: square,
                orientation: header.orientation ?? .upright
            )
        }
        let parameters = stream.pointee.codecpar.pointee
        guard parameters.width > 0, parameters.height > 0 else { return nil }
        return Geometry(
            storedWidth: Int(parameters.width),
            storedHeight: Int(parameters.height),
            pixelAspect: source.isImage ? square : av_guess_sample_aspect_ratio(source.context, stream, nil),
            orientation: Orientation(stream)
        )
    }

    private static func codecName(_ stream: UnsafeMutablePointer<AVStream>) -> String? {
        let id = stream.pointee.codecpar.pointee.codec_id
        guard id != AV_CODEC_ID_NONE, let name = avcodec_get_name(id) else { return nil }
        return String(cString: name)
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
