import CLibAV
import Glibc
import Media

/// Writes encoded streams into a container.
///
/// Owns the AVFormatContext.
final class Muxer {
    /// How long each stream plays, to the end of its last packet, in microseconds.
    private(set) var ends: [Int64] = []
    /// When the first packet of each is, in microseconds.
    private(set) var begins: [Int64] = []
    /// How many packets the streams have, in the order in which they were added.
    private(set) var packetCounts: [Int] = []
    private let output: OutputStream
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let options: [String: String]
    private var timeBases: [AVRational] = []
    /// The bytes before the first segment, and the streams' own time bases, are known from here on.
    private var hasBegun = false
    private var hasHeader = false

    init(_ container: TranscodeSpecification.Container, into output: OutputStream) throws(MediaFailure) {
        self.output = output
        let name =
            switch container {
            case .mp4, .fragmented: "mp4"
            case .m4a: "ipod"
            case .opus: "opus"
            // A still picture is a file as it is encoded.
            case .webp: throw MediaFailure(.invalidData, "A video or a sound does not become a still picture.")
            }
        options =
            switch container {
            case .mp4, .m4a: ["movflags": "faststart"]
            // The header comes with the first segment, when all that its edit lists must say is known.
            case .fragmented: ["movflags": "frag_keyframe+frag_custom+delay_moov+default_base_moof+skip_trailer"]
            case .opus, .webp: [:]
            }
        var made: UnsafeMutablePointer<AVFormatContext>?
        let error = avformat_alloc_output_context2(&made, nil, name, nil)
        guard error >= 0, let made else {
            throw MediaFailure(libav: error, .renderingFailed, "FFmpeg has no muxer \(name) here")
        }
        context = made
        // Nothing of the libraries' versions is written, so that equal sources give equal files.
        context.pointee.flags |= AVFMT_FLAG_BITEXACT
        output.serve(context)
    }

    deinit {
        avformat_free_context(context)
    }

    /// How long the whole plays, in microseconds.
    var end: Int64 { ends.max() ?? 0 }

    /// Adds a stream of what an encoder makes; its packets are then written under the number that is answered.
    func add(_ encoder: Encoder) throws(MediaFailure) -> Int {
        guard let stream = avformat_new_stream(context, nil),
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context) >= 0
        else { throw MediaFailure.outOfMemory }
        stream.pointee.time_base = encoder.context.pointee.time_base
        stream.pointee.avg_frame_rate = encoder.context.pointee.framerate
        timeBases.append(encoder.context.pointee.time_base)
        packetCounts.append(0)
        ends.append(0)
        begins.append(.max)
        return timeBases.count - 1
    }

    /// Writes the header; all streams must be there.
    func begin() throws(MediaFailure) {
        var dictionary: OpaquePointer?
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        let error = avformat_write_header(context, &dictionary)
        av_dict_free(&dictionary)
        try check(error)
        hasBegun = true
    }

    /// Writes a packet, whose times are in its encoder's time base and whose content is taken over.
    func write(_ packet: UnsafeMutablePointer<AVPacket>, to number: Int) throws(MediaFailure) {
        guard let stream = context.pointee.streams[number] else { return }
        packetCounts[number] += 1
        let microseconds = AVRational(num: 1, den: 1_000_000)
        let last = packet.pointee.pts &+ max(packet.pointee.duration, 0)
        begins[number] = min(begins[number], av_rescale_q(packet.pointee.pts, timeBases[number], microseconds))
        ends[number] = max(ends[number], av_rescale_q(last, timeBases[number], microseconds))
        av_packet_rescale_ts(packet, timeBases[number], stream.pointee.time_base)
        packet.pointee.stream_index = Int32(clamping: number)
        try check(av_interleaved_write_frame(context, packet))
    }

    /// Ends the segment that is being written, where no picture's key frame does.
    func endSegment() throws(MediaFailure) {
        // The first time the header is written and nothing else.
        if !hasHeader { try check(av_write_frame(context, nil)) }
        hasHeader = true
        try check(av_write_frame(context, nil))
    }

    /// Writes what is left, and whatever of the file must be put in its place.
    func finish() throws(MediaFailure) {
        guard hasBegun else { return }
        try check(av_write_trailer(context))
        avio_flush(output.context)
        try check(output.context.pointee.error)
    }

    /// The seconds of a tick of the first stream in the file.
    var timeBase: AVRational {
        context.pointee.streams[0]?.pointee.time_base ?? AVRational(num: 1, den: 1)
    }

    /// What the file says about itself counts for more than the muxer's word.
    private func check(_ error: Int32) throws(MediaFailure) {
        if let failure = output.failure { throw failure }
        guard error >= 0 else {
            throw MediaFailure(libav: error, .renderingFailed, "The output cannot be put together")
        }
    }
}
