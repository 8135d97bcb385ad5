import CLibAV
import Glibc
import Media

/// Encodes frames of one stream.
///
/// Owns the AVCodecContext.
final class Encoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    private let packet: Packet

    /// Opens the encoder of that name as `prepare` has set it up, with options of its own.
    init(
        _ name: String,
        options: [String: String] = [:],
        _ prepare: (inout AVCodecContext) -> Void
    ) throws(MediaFailure) {
        packet = try Packet()
        guard let codec = avcodec_find_encoder_by_name(name) else {
            throw MediaFailure(.renderingFailed, "FFmpeg has no encoder \(name) here.")
        }
        var made = avcodec_alloc_context3(codec)
        guard let context = made else { throw MediaFailure.outOfMemory }
        prepare(&context.pointee)
        // A confined process makes no threads.
        context.pointee.thread_count = 1
        var dictionary: OpaquePointer?
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        let error = avcodec_open2(context, codec, &dictionary)
        av_dict_free(&dictionary)
        guard error >= 0 else {
            avcodec_free_context(&made)
            throw MediaFailure(libav: error, .renderingFailed, "The encoder \(name) does not start")
        }
        self.context = context
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&owned)
    }

    /// Gives the encoder a frame, or with nil the end, and hands on the packets that it has ready.
    ///
    /// Their times are in the encoder's time base.
    func encode(
        _ frame: UnsafePointer<AVFrame>?,
        _ take: (UnsafeMutablePointer<AVPacket>) throws(MediaFailure) -> Void
    ) throws(MediaFailure) {
        let sent = avcodec_send_frame(context, frame)
        guard sent >= 0 else { throw MediaFailure(libav: sent, .renderingFailed, "A frame cannot be encoded") }
        while true {
            let error = avcodec_receive_packet(context, packet.pointer)
            guard error != satchel_averror(EAGAIN), error != satchel_averror_eof() else { return }
            guard error >= 0 else { throw MediaFailure(libav: error, .renderingFailed, "A frame cannot be encoded") }
            try take(packet.pointer)
            av_packet_unref(packet.pointer)
        }
    }
}
