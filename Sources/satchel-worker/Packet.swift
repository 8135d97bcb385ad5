import CLibAV
import Media

/// Owns an AVPacket.
final class Packet {
    let pointer: UnsafeMutablePointer<AVPacket>

    init() throws(MediaFailure) {
        guard let packet = av_packet_alloc() else { throw MediaFailure.outOfMemory }
        pointer = packet
    }

    deinit {
        var owned: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&owned)
    }
}
