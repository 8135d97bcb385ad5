import CLibAV
import Media

/// The way of a video's pictures from packets of the source to packets of the output.
final class VideoLane {
    /// Ticks of a second: whole numbers for a picture's length at all common rates, and fine enough for any other.
    static let ticks: Int32 = 90_000

    let encoder: Encoder
    private let decoder: VideoDecoder
    private let span: SourceSpan
    private let timeBase: AVRational
    private let origin: Int64
    private let converter: PictureConverter
    private let write: (UnsafeMutablePointer<AVPacket>) throws(MediaFailure) -> Void
    private var pacer: FramePacer
    /// Ticks between forced key frames; nil where the encoder counts pictures instead.
    private let grid: Int64?
    private var cell: Int64 = -1
    /// What a picture lasts whose successor nobody has seen.
    private let usualDuration: Int64
    /// There are captions within the pictures.
    private(set) var hasCaptions = false
    /// The picture that waits for the next one, which says how long it lasts.
    private var waiting: Frame?
    private var last: Int64 = -1
    private var lastSource: Int64 = -1
    private var durations: [Int64: Int64] = [:]

    init(
        _ stream: UnsafeMutablePointer<AVStream>,
        maxPixels: Int64,
        origin: Int64,
        span: SourceSpan,
        converter: PictureConverter,
        pace: VideoPace,
        encoder: Encoder,
        write: @escaping (UnsafeMutablePointer<AVPacket>) throws(MediaFailure) -> Void
    ) throws(MediaFailure) {
        decoder = try VideoDecoder(stream, maxPixels: maxPixels)
        self.span = span
        timeBase = stream.pointee.time_base
        self.origin = av_rescale_q(origin, AVRational(num: 1, den: 1_000_000), AVRational(num: 1, den: Self.ticks))
        self.converter = converter
        self.encoder = encoder
        self.write = write
        pacer = FramePacer(ticks: Int64(Self.ticks), maxFrameRate: pace.maxFrameRate)
        grid = pace.keyFrameGrid.map { Int64($0 * Double(Self.ticks)) }
        usualDuration = Int64(Double(Self.ticks) / pace.frameRate)
    }

    /// When the last picture that came is shown, in seconds of the output.
    var seconds: Double { Double(max(last, 0)) / Double(Self.ticks) }

    /// Takes the next packet, or with nil the end.
    func take(_ packet: UnsafePointer<AVPacket>?) throws(MediaFailure) {
        if let packet { span.note(packet) }
        try decoder.send(packet)
        while try decoder.receive() { try take(decoder.frame) }
        guard packet == nil else { return }
        if let waiting { try encode(waiting, lasting: usualDuration) }
        waiting = nil
        try encode(nil)
        span.noteLosses(decoder.lossCount)
    }

    private func take(_ frame: Frame) throws(MediaFailure) {
        span.note(frame)
        hasCaptions = hasCaptions || satchel_has_captions(frame.pointer) != 0
        let time = frame.pointer.pointee.best_effort_timestamp
        let moment =
            time == satchel_no_pts()
            ? lastSource &+ usualDuration
            : av_rescale_q(time, timeBase, AVRational(num: 1, den: Self.ticks)) &- origin
        // A picture that is to be shown before the one before it has missed its time.
        let isInOrder = moment >= 0 && moment > lastSource
        if !isInOrder { span.noteDrop() }
        lastSource = max(lastSource, moment)
        guard isInOrder, pacer.keeps(moment) else { return }
        let picture = try Frame(sharing: try converter.converted(frame))
        picture.forgetSideData()
        picture.pointer.pointee.pts = moment
        satchel_force_key_frame(picture.pointer, isKeyFrameDue(at: moment))
        last = moment
        if let waiting { try encode(waiting, lasting: moment - waiting.pointer.pointee.pts) }
        waiting = picture
    }

    private func isKeyFrameDue(at moment: Int64) -> Bool {
        guard let grid else { return false }
        defer { cell = moment / grid }
        return moment / grid > cell
    }

    private func encode(_ picture: Frame, lasting duration: Int64) throws(MediaFailure) {
        durations[picture.pointer.pointee.pts] = duration
        try encode(picture.pointer)
    }

    private func encode(_ picture: UnsafePointer<AVFrame>?) throws(MediaFailure) {
        try encoder.encode(picture) { packet throws(MediaFailure) in
            packet.pointee.duration = durations.removeValue(forKey: packet.pointee.pts) ?? usualDuration
            try write(packet)
        }
    }
}

extension Frame {
    /// Lets go of all that is said of the picture beside its pixels: captions, a camera's notes, the mastering screen.
    func forgetSideData() {
        while pointer.pointee.nb_side_data > 0, let side = pointer.pointee.side_data[0] {
            av_frame_remove_side_data(pointer, side.pointee.type)
        }
        pointer.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        // A field that was taken out of a frame is a whole picture.
        satchel_set_progressive(pointer)
    }
}
