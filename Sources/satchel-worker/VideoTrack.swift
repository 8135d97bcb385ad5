import CLibAV
import Media

/// The pictures of one video stream, by seeking or in order.
final class VideoTrack {
    /// How far to look for a key frame.
    private static let maxPackets = 20_000
    private static let maxBrokenKeyFrames = 3
    /// How much to decode on the way from a key frame to a position.
    private static let maxApproachFrames = 64
    private static let maxApproachMilliseconds: Int64 = 300

    private let source: MediaSource
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: VideoDecoder
    private let packet: Packet
    private var hasEnded = false
    /// Some containers are sought in to any picture; before a key frame there is nothing to decode it from.
    private var awaitsKeyFrame = false

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

    /// Moves before the key frame at or ahead of a position, as far as the container's index knows it.
    func seek(toMilliseconds position: Int64) -> Bool {
        decoder.restart()
        hasEnded = false
        awaitsKeyFrame = true
        // Containers without an index are sought in by the time of decoding, which is ahead of the picture's.
        if position <= 0, move(to: moment(atMilliseconds: -1_000)) { return true }
        return move(to: moment(atMilliseconds: position))
    }

    /// Decodes from here to the first picture at or behind a position; where that is far, as far as a bounded effort goes.
    ///
    /// `frame` is then the picture that was decoded last. False where the way does not begin with a key frame up to the position.
    func approach(toMilliseconds wanted: Int64) throws(MediaFailure) -> Bool {
        let deadline = ProcessorClock.milliseconds() + Self.maxApproachMilliseconds
        // Of a broken key frame there is none, and what follows it may be anything.
        guard try nextFrame(hurryingTo: wanted), frame.pointer.pointee.pict_type == AV_PICTURE_TYPE_I,
            position <= wanted
        else { return false }
        for _ in 1..<Self.maxApproachFrames {
            guard position < wanted, ProcessorClock.milliseconds() < deadline, try nextFrame(hurryingTo: wanted) else {
                break
            }
        }
        return true
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
            guard isOurs, isKey else { continue }
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
    ///
    /// On the way to a position, pictures that no other one needs are left out.
    func nextFrame(hurryingTo position: Int64? = nil) throws(MediaFailure) -> Bool {
        let wanted = position.map { moment(atMilliseconds: $0) }
        for _ in 0..<Self.maxPackets {
            if try decoder.receive() { return true }
            guard !hasEnded else { return false }
            guard readPacket() else {
                hasEnded = true
                try decoder.send(nil)
                continue
            }
            defer { av_packet_unref(packet.pointer) }
            guard isOurs, isKey || !awaitsKeyFrame else { continue }
            awaitsKeyFrame = false
            let time = packet.pointer.pointee.pts
            let isOnTheWay = wanted.map { !isKey && time != satchel_no_pts() && time < $0 } ?? false
            decoder.skip(isOnTheWay ? AVDISCARD_NONREF : AVDISCARD_DEFAULT)
            try decoder.send(packet)
        }
        return false
    }

    /// A position in the stream's own time.
    private func moment(atMilliseconds position: Int64) -> Int64 {
        start &+ av_rescale_q(position, AVRational(num: 1, den: 1_000), stream.pointee.time_base)
    }

    private func move(to moment: Int64) -> Bool {
        av_seek_frame(source.context, stream.pointee.index, moment, AVSEEK_FLAG_BACKWARD) >= 0
    }

    private var start: Int64 {
        stream.pointee.start_time == satchel_no_pts() ? 0 : stream.pointee.start_time
    }

    private var isOurs: Bool { packet.pointer.pointee.stream_index == stream.pointee.index }

    private var isKey: Bool { satchel_is_key(packet.pointer) != 0 }

    private func readPacket() -> Bool {
        av_read_frame(source.context, packet.pointer) >= 0
    }
}
