import CLibAV
import Media

/// One rendition, encoded from a file into another.
final class Transcoding {
    private let bytes: FileBytes
    private let output: OutputStream
    private let specification: TranscodeSpecification
    private let maxPixels: Int64
    private let file: ProbedFile
    /// Opened anew: a probe has read on.
    let source: MediaSource
    let video: UnsafeMutablePointer<AVStream>?
    let audio: UnsafeMutablePointer<AVStream>?
    private let muxer: Muxer
    /// Seconds at which a sound alone is cut into segments.
    private var nextCut: Double

    /// Opens the file, and refuses what holds nothing of what is to be encoded.
    init(
        _ bytes: FileBytes,
        into output: OutputStream,
        as specification: TranscodeSpecification,
        maxPixels: Int64
    ) throws(MediaFailure) {
        self.bytes = bytes
        self.output = output
        self.specification = specification
        self.maxPixels = maxPixels
        var file = try ProbedFile(bytes, maxPixels: maxPixels)
        if file.lacksDuration || file.lacksFrameRate {
            file.complete(with: try PacketScan(bytes, maxPixels: maxPixels).run())
        }
        self.file = file
        guard !file.report.isStillImage else {
            throw MediaFailure(.unsupportedFormat, "A picture is neither a video nor a sound.")
        }
        guard !file.exceeds(maxPixels) else {
            throw MediaFailure(.tooManyPixels, "The video has more pixels than the limit.")
        }
        source = try Self.source(bytes, maxPixels: maxPixels)
        let choice = StreamChoice(source)
        video = specification.hasPicture ? choice.video : nil
        audio = choice.audio
        guard video != nil || audio != nil else {
            throw MediaFailure(.unsupportedFormat, "The file has no sound.")
        }
        muxer = try Muxer(specification.container, into: output)
        nextCut = specification.effectiveKeyFrameSeconds
    }

    /// Encodes all that there is; `progress` is told how much of the playing time is done, in percent.
    ///
    /// A file that breaks off gives what there is up to there.
    func run(_ progress: (Int) -> Void) throws(MediaFailure) -> TranscodedFile {
        let reader = try SourceReader(source, [video, audio].compactMap { $0 })
        let spans = (picture: span(of: video, reader), sound: span(of: audio, reader))
        let pictures = try videoLane(spans.picture, origin: reader.origin)
        let sounds = try audioLane(spans.sound, origin: reader.origin)
        try muxer.begin()
        while let packet = try reader.next() {
            if packet.pointer.pointee.stream_index == video?.pointee.index {
                try pictures?.lane.take(packet.pointer)
            } else {
                try sounds?.take(packet.pointer)
            }
            report(max(pictures?.lane.seconds ?? 0, sounds?.seconds ?? 0), progress)
        }
        try pictures?.lane.take(nil)
        try sounds?.take(nil)
        guard let first = muxer.packetCounts.first, first > 0 else {
            throw MediaFailure(.noFrame, "Nothing in the file can be decoded.")
        }
        try muxer.finish()
        progress(100)
        if reader.breaksOff {
            spans.picture?.noteLosses(1)
            spans.sound?.noteLosses(1)
        }
        noteGaps(reader, spans.picture, spans.sound)
        var file = try result(pictures)
        // The sound's is the muxer's last stream, alone or behind the picture's.
        file.streams = TranscodedStreams(
            picture: spans.picture?.result(muxer, 0),
            sound: spans.sound?.result(muxer, muxer.packetCounts.count - 1),
            leftOut: Remainders(source, video, audio, isSoundAlone: !specification.hasPicture)
                .found(
                    hasCaptions: pictures?.lane.hasCaptions ?? false,
                    isTransparent: self.file.report.hasAlpha == true,
                    doubts: doubts(reader, spans.picture, spans.sound)
                )
        )
        return file
    }

    private func doubts(
        _ reader: SourceReader,
        _ picture: SourceSpan?,
        _ sound: SourceSpan?
    ) -> Set<TranscodedStreams.Remainder> {
        var doubts = SourceCompleteness(source, bytes)
            .doubts(hiddenSeconds: max(picture?.hiddenSeconds ?? 0, sound?.hiddenSeconds ?? 0))
        // Files of sound have other formats, and most of them neither an index nor times.
        if !specification.hasPicture, !source.isMP4 {
            doubts.formUnion(SoundCompleteness(source.format, bytes).doubts(packetByteCount: reader.packetByteCount))
        }
        return doubts
    }

    /// A file of fragments lacks some.
    var areFragmentsMissing: Bool { source.isMP4 && MovieFragments.areMissing(in: bytes) }

    private func span(of stream: UnsafeMutablePointer<AVStream>?, _ reader: SourceReader) -> SourceSpan? {
        // Other containers' headers tell how long the whole is, and not each stream.
        stream.map { SourceSpan($0, origin: reader.origin, isDeclared: source.isMP4) }
    }

    private func report(_ seconds: Double, _ progress: (Int) -> Void) {
        guard let all = file.report.durationMilliseconds, all > 0 else { return }
        progress(min(max(Int(seconds * 100_000 / Double(all)), 0), 99))
    }

    private func result(
        _ pictures: (lane: VideoLane, converter: PictureConverter)?
    ) throws(MediaFailure) -> TranscodedFile {
        let written = output.written
        let milliseconds = muxer.end / 1_000
        let seconds = Double(muxer.ends[0] - muxer.begins[0]) / 1_000_000
        var result = TranscodedFile(
            byteCount: written.byteCount,
            milliseconds: milliseconds,
            width: pictures?.converter.width,
            height: pictures?.converter.height,
            frameRate: pictures.map { _ in
                seconds > 0 ? (Double(muxer.packetCounts[0]) / seconds * 1_000).rounded() / 1_000 : 0
            },
            codecs: [pictures.map { CodecString.avc($0.lane.encoder) }, audio.map { _ in soundCodec }]
                .compactMap { $0 }
                .joined(separator: ",")
        )
        if specification.container == .fragmented {
            let index = try SegmentIndex(written, timeBase: muxer.timeBase, milliseconds: milliseconds)
            result.headerByteCount = index.headerByteCount
            result.segments = index.segments
        }
        return result
    }

    /// AAC-LC (ISO/IEC 14496-3), or Opus.
    private var soundCodec: String { specification.container == .opus ? "opus" : "mp4a.40.2" }
}

extension Transcoding {
    private func videoLane(
        _ span: SourceSpan?,
        origin: Int64
    ) throws(MediaFailure) -> (lane: VideoLane, converter: PictureConverter)? {
        guard let video, let span else { return nil }
        let converter = try converter()
        let pace = VideoPace(specification, of: file.report)
        let encoder = try Encoder(video: specification, converter, pace)
        let (muxer, number) = (muxer, try muxer.add(encoder))
        let lane = try VideoLane(
            video,
            maxPixels: maxPixels,
            origin: origin,
            span: span,
            converter: converter,
            pace: pace,
            encoder: encoder
        ) { packet throws(MediaFailure) in
            try muxer.write(packet, to: number)
        }
        return (lane, converter)
    }

    /// Looks at the first picture, by an opening of its own: how it is to be shown is known only then.
    private func converter() throws(MediaFailure) -> PictureConverter {
        let sample = try Self.source(bytes, maxPixels: maxPixels)
        guard let stream = StreamChoice(sample).video else {
            throw MediaFailure(.noFrame, "The file has no picture.")
        }
        let track = try VideoTrack(sample, stream, maxPixels: maxPixels)
        guard try track.nextFrame() else { throw MediaFailure(.noFrame, "No picture can be decoded.") }
        let first = try Frame(sharing: track.frame)
        let geometry = file.geometry(of: first)
        var cube: ColorCube?
        if let toneMap = ColorDescription(first, isImage: false).toneMap {
            let peak = try HDRPeak.light(of: track, toneMap, milliseconds: file.report.durationMilliseconds)
            cube = ColorCube(toneMap, peak: peak)
        }
        return PictureConverter(of: first, geometry, shortEdge: specification.effectiveShortEdge, cube: cube)
    }

    private static func source(_ bytes: FileBytes, maxPixels: Int64) throws(MediaFailure) -> MediaSource {
        let source = try MediaSource(bytes)
        try source.completeHeader(maxPixels: maxPixels)
        return source
    }

    private func audioLane(_ span: SourceSpan?, origin: Int64) throws(MediaFailure) -> AudioLane? {
        guard let audio, let span else { return nil }
        let parameters = audio.pointee.codecpar.pointee
        let encoder = try Encoder(
            audio: specification,
            sampleRate: Int(parameters.sample_rate),
            channels: Int(parameters.ch_layout.nb_channels)
        )
        let number = try muxer.add(encoder)
        return try AudioLane(
            audio,
            origin: origin,
            span: span,
            encoder: encoder
        ) { [unowned self] packet throws(MediaFailure) in
            try cutSegment(before: packet)
            try muxer.write(packet, to: number)
        }
    }

    /// Where there is no picture, ends a segment of sound when it is long enough.
    private func cutSegment(before packet: UnsafeMutablePointer<AVPacket>) throws(MediaFailure) {
        guard specification.container == .fragmented, video == nil else { return }
        let seconds = Double(muxer.end) / 1_000_000
        guard seconds >= nextCut else { return }
        nextCut = seconds + specification.effectiveKeyFrameSeconds
        try muxer.endSegment()
    }
}

/// Codecs as RFC 6381 names them.
enum CodecString {
    /// `avc1.` and the profile, the constraints and the level of the first sequence parameter set (ISO/IEC 14496-15).
    static func avc(_ encoder: Encoder) -> String {
        let context = encoder.context.pointee
        let header = [UInt8](UnsafeBufferPointer(start: context.extradata, count: Int(max(context.extradata_size, 0))))
        // Behind a start code: a NAL unit of type 7 (ITU-T H.264, table 7-1).
        for index in header.indices.dropLast(6)
        where header[index] == 0 && header[index + 1] == 0 && header[index + 2] == 1 && header[index + 3] & 0x1F == 7 {
            let digits = header[(index + 4)..<(index + 7)]
                .map { byte in
                    let text = String(byte, radix: 16)
                    return text.utf8.count == 1 ? "0" + text : text
                }
            return "avc1." + digits.joined()
        }
        return "avc1"
    }
}
