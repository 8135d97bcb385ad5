import CLibAV
import Media

/// The pictures of one video stream, by seeking or in order.
final class VideoTrack {
    /// How far to look for a key frame.
    private static let maxPackets = 20_000
    private static let maxBrokenKeyFrames = 3

    private let source: MediaSource
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: VideoDecoder
    private let packet: Packet
    private var hasEnded = false

    init(
        _ source: MediaSource,
        _ stream: UnsafeMutablePointer<AVStream>,
        maxPixels: Int64,
        reduction: Int = 0
    ) throws(MediaFailure) {
        self.source = source
        self.stream = stream
        decoder = try VideoDecoder(stream, maxPixels: maxPixels, reduction: reduction)
        packet = try Packet()
        for other in source.streams where other != stream { other.pointee.discard = AVDISCARD_ALL }
    }

    /// The picture that was decoded last.
    var frame: Frame { decoder.frame }

    /// Milliseconds from the stream's beginning to the picture that was decoded last; 0 where it has no time.
    var position: Int64 {
        let time = frame.pointer.pointee.best_effort_timestamp
        guard time != satchel_no_pts() else { return 0 }
        return av_rescale_q(time &- start, stream.pointee.time_base, AVRational(num: 1, den: 1_000))
    }

    /// Moves before the key frame at or ahead of a position.
    func seek(toMilliseconds position: Int64) -> Bool {
        let offset = av_rescale_q(position, AVRational(num: 1, den: 1_000), stream.pointee.time_base)
        decoder.restart()
        hasEnded = false
        return av_seek_frame(source.context, stream.pointee.index, start &+ offset, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Decodes the next key frame and nothing else.
    ///
    /// Answers its time stamp; nil where there is none.
    func keyFrame() throws(MediaFailure) -> Int64? {
        decoder.skip(AVDISCARD_NONKEY)
        var brokenCount = 0
        for _ in 0..<Self.maxPackets {
            guard brokenCount < Self.maxBrokenKeyFrames, readPacket() else { return nil }
            defer { av_packet_unref(packet.pointer) }
            guard isOurs, satchel_is_key(packet.pointer) != 0 else { continue }
            let time =
                packet.pointer.pointee.pts != satchel_no_pts() ? packet.pointer.pointee.pts : packet.pointer.pointee.pos
            try decoder.send(packet)
            // No other packet is needed for it: the end makes the decoder give it up at once.
            try decoder.send(nil)
            let isDecoded = try decoder.receive()
            decoder.restart()
            if isDecoded { return time }
            brokenCount += 1
        }
        return nil
    }

    /// Decodes the next picture in order; false at the end.
    func nextFrame(skipping: AVDiscard = AVDISCARD_DEFAULT) throws(MediaFailure) -> Bool {
        decoder.skip(skipping)
        for _ in 0..<Self.maxPackets {
            if try decoder.receive() { return true }
            guard !hasEnded else { return false }
            guard readPacket() else {
                hasEnded = true
                try decoder.send(nil)
                continue
            }
            defer { av_packet_unref(packet.pointer) }
            if isOurs { try decoder.send(packet) }
        }
        return false
    }

    private var start: Int64 {
        stream.pointee.start_time == satchel_no_pts() ? 0 : stream.pointee.start_time
    }

    private var isOurs: Bool { packet.pointer.pointee.stream_index == stream.pointee.index }

    private func readPacket() -> Bool {
        av_read_frame(source.context, packet.pointer) >= 0
    }
}
