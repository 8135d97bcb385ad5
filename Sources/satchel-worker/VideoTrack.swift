import CLibAV
import Media

/// The pictures of one video stream, by seeking or in order.
final class VideoTrack {
    /// How many packets are read in all.
    private static let maxPackets = 200_000
    private static let maxBrokenKeyFrames = 3
    /// So many milliseconds from a position, a key frame is as good as the picture of the position, and costs far less.
    private static let tolerance: Int64 = 250

    private let source: MediaSource
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: VideoDecoder
    private let packet: Packet
    private var packetsLeft = VideoTrack.maxPackets
    private var hasEnded = false
    /// Some containers are sought in to any picture; before a key frame there is nothing to decode it from.
    private var awaitsKeyFrame = false

    init(
        _ source: MediaSource,
        _ stream: UnsafeMutablePointer<AVStream>,
        maxPixels: Int64,
        isCoarse: Bool = false
    ) throws(MediaFailure) {
        self.source = source
        self.stream = stream
        decoder = try VideoDecoder(stream, maxPixels: maxPixels, isCoarse: isCoarse)
        packet = try Packet()
        for other in source.streams where other != stream { other.pointee.discard = AVDISCARD_ALL }
    }

    /// The picture that was decoded last.
    var frame: Frame { decoder.frame }

    /// Milliseconds from the stream's beginning to the picture that was decoded last; 0 where it has no time.
    var position: Int64 {
        let time = frame.pointer.pointee.best_effort_timestamp
        return time == satchel_no_pts() ? 0 : milliseconds(time)
    }

    /// Moves before the key frame at or ahead of a position, as far as the container's index knows it.
    func seek(toMilliseconds position: Int64) -> Bool {
        // Containers without an index are sought in by the time of decoding, which is ahead of the picture's.
        if position <= 0, move(to: moment(atMilliseconds: -1_000)) { return true }
        return move(to: moment(atMilliseconds: position))
    }

    /// Decodes the next key frame and nothing else; false where there is none.
    func keyFrame() throws(MediaFailure) -> Bool {
        var brokenCount = 0
        while brokenCount < Self.maxBrokenKeyFrames, readKeyPacket() {
            if try decodeKeyPacket() { return true }
            brokenCount += 1
        }
        return false
    }

    /// Finds the next key frame; answers its position, and leaves it to `foundKeyFrame` to decode it.
    func findKeyFrame() -> Int64? {
        readKeyPacket() ? packetTime.map(milliseconds) ?? 0 : nil
    }

    /// Decodes the key frame that was found last; false where it is broken.
    func foundKeyFrame() throws(MediaFailure) -> Bool {
        try decodeKeyPacket()
    }

    /// Decodes the next picture in order; false at the end.
    ///
    /// On the way to a position, pictures that no other one needs are left out.
    func nextFrame(hurryingTo position: Int64? = nil) throws(MediaFailure) -> Bool {
        let wanted = position.map { moment(atMilliseconds: $0) }
        while true {
            if try decoder.receive() { return true }
            guard !hasEnded else { return false }
            guard readPacket() else {
                hasEnded = true
                try decoder.send(nil)
                continue
            }
            guard isKey || !awaitsKeyFrame else { continue }
            try sendPacket(hurryingTo: wanted)
        }
    }
}

extension VideoTrack {
    /// What it may cost to decode from a key frame to a position that lies behind it.
    struct Effort {
        /// A position that is farther from its key frame, in decoded pixels, is not gone for.
        let pixels: Int64
        /// The most frames on the way, however small.
        let frames: Int
        /// Processor time; when it is over the way ends where it is.
        let milliseconds: Int64
    }

    /// Decodes the picture at a position, from the key frame that `seek` has moved to.
    ///
    /// Where the way from there is too long for the effort, it is the key frame, or the one behind the position if that is
    /// nearer. `frame` is then the picture. False where there is no key frame up to the position, nor shortly behind it.
    func approach(toMilliseconds wanted: Int64, frameRate: Double?, effort: Effort) throws(MediaFailure) -> Bool {
        guard readKeyPacket() else { return false }
        guard let start = packetTime.map(milliseconds) else { return try decodeKeyPacket() && isIntact }
        // Indices go by the time of decoding: they lead to key frames that are shown a little later than was asked for.
        guard start <= wanted + Self.tolerance else { return false }
        let parameters = stream.pointee.codecpar.pointee
        guard wanted - start > Self.tolerance else { return try decodeKeyPacket() && isIntact }
        let count = (Double(max(wanted - start, 0)) * (frameRate ?? 30) / 1_000).rounded()
        let pixels = count * Double(parameters.width) * Double(parameters.height)
        guard count > 0, pixels <= Double(effort.pixels), count <= Double(effort.frames) else {
            if start < wanted, let later = keyFrame(behind: wanted), milliseconds(later) - wanted <= wanted - start,
                move(to: later)
            {
                guard readKeyPacket() else { return false }
            }
            return try decodeKeyPacket() && isIntact
        }
        try sendPacket(hurryingTo: nil)
        guard try nextFrame(hurryingTo: wanted), isIntact, position <= wanted else { return false }
        let deadline = ProcessorClock.milliseconds() + effort.milliseconds
        for _ in 1..<max(effort.frames, 2) {
            guard position < wanted, ProcessorClock.milliseconds() < deadline, try nextFrame(hurryingTo: wanted) else {
                break
            }
        }
        return true
    }

    /// Of a broken key frame there is none, and what follows it may be anything.
    private var isIntact: Bool { satchel_is_key_frame(frame.pointer) != 0 }

    /// When the first key frame behind a position is, as far as the container's index knows, in the stream's own time.
    private func keyFrame(behind position: Int64) -> Int64? {
        let index = av_index_search_timestamp(stream, moment(atMilliseconds: position), 0)
        guard index >= 0, let entry = avformat_index_get_entry(stream, index) else { return nil }
        return entry.pointee.timestamp
    }
}

extension VideoTrack {
    private func readPacket() -> Bool {
        while packetsLeft > 0 {
            packetsLeft -= 1
            av_packet_unref(packet.pointer)
            guard av_read_frame(source.context, packet.pointer) >= 0 else { return false }
            if packet.pointer.pointee.stream_index == stream.pointee.index { return true }
        }
        return false
    }

    private func readKeyPacket() -> Bool {
        while readPacket() {
            if isKey { return true }
        }
        return false
    }

    private func decodeKeyPacket() throws(MediaFailure) -> Bool {
        decoder.skip(AVDISCARD_DEFAULT)
        awaitsKeyFrame = true
        // No other packet is needed for it, and the end makes the decoder give it up at once.
        try decoder.sendAlone(packet.pointer)
        if try decoder.end() { return true }
        // Unless it is a field only, and the next packet the other one.
        try decoder.send(packet.pointer)
        if readPacket() { try decoder.send(packet.pointer) }
        return try decoder.end()
    }

    private func sendPacket(hurryingTo wanted: Int64?) throws(MediaFailure) {
        awaitsKeyFrame = false
        let time = packet.pointer.pointee.pts
        let isOnTheWay = wanted.map { !isKey && time != satchel_no_pts() && time < $0 } ?? false
        decoder.skip(isOnTheWay ? AVDISCARD_NONREF : AVDISCARD_DEFAULT)
        try decoder.send(packet.pointer)
    }

    private func move(to moment: Int64) -> Bool {
        decoder.restart()
        hasEnded = false
        awaitsKeyFrame = true
        return av_seek_frame(source.context, stream.pointee.index, moment, AVSEEK_FLAG_BACKWARD) >= 0
    }

    private var isKey: Bool { satchel_is_key(packet.pointer) != 0 }

    /// When the packet's picture is shown or, in containers that do not tell, decoded.
    private var packetTime: Int64? {
        let found = packet.pointer.pointee
        let time = found.pts != satchel_no_pts() ? found.pts : found.dts
        return time == satchel_no_pts() ? nil : time
    }

    /// A position in the stream's own time.
    private func moment(atMilliseconds position: Int64) -> Int64 {
        start &+ av_rescale_q(position, AVRational(num: 1, den: 1_000), stream.pointee.time_base)
    }

    private func milliseconds(_ time: Int64) -> Int64 {
        av_rescale_q(time &- start, stream.pointee.time_base, AVRational(num: 1, den: 1_000))
    }

    private var start: Int64 {
        stream.pointee.start_time == satchel_no_pts() ? 0 : stream.pointee.start_time
    }
}
