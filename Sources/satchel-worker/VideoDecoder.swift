import CLibAV
import Glibc
import Media

/// Decodes one stream's pictures.
///
/// Owns the AVCodecContext.
final class VideoDecoder {
    /// The picture that `receive` gave last; also after it had no other.
    let frame: Frame
    /// How often something did not decode: refused packets and damaged pictures.
    private(set) var lossCount = 0
    private let incoming: Frame
    private let context: UnsafeMutablePointer<AVCodecContext>
    private let madeUp = MadeUpPictures()

    /// `isCoarse` leaves out what smooths the edges of blocks, for a picture that is reduced a lot.
    init(_ stream: UnsafeMutablePointer<AVStream>, maxPixels: Int64, isCoarse: Bool = false) throws(MediaFailure) {
        frame = try Frame()
        incoming = try Frame()
        context = try VideoDecoder.open(stream, maxPixels: maxPixels)
        if context.pointee.codec_id == AV_CODEC_ID_HEVC { madeUp.serve(context) }
        if isCoarse { context.pointee.skip_loop_filter = AVDISCARD_ALL }
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&owned)
    }

    /// The transfer characteristics that the codec's own header declares, before anything is decoded.
    var declaredTransfer: AVColorTransferCharacteristic { context.pointee.color_trc }

    /// What to leave undecoded.
    func skip(_ frames: AVDiscard) {
        context.pointee.skip_frame = frames
    }

    /// Gives the decoder a packet, or with nil the end.
    ///
    /// A broken packet is passed over, and counted.
    func send(_ packet: UnsafePointer<AVPacket>?) throws(MediaFailure) {
        let error = avcodec_send_packet(context, packet)
        if error == satchel_averror(ENOMEM) { throw MediaFailure.outOfMemory }
        if Self.isLoss(sending: packet, error) { lossCount += 1 }
    }

    /// Gives the decoder a key frame whose followers do not come.
    func sendAlone(_ packet: UnsafePointer<AVPacket>) throws(MediaFailure) {
        try madeUp.whileAlone { () throws(MediaFailure) in try send(packet) }
    }

    /// Whether `frame` now holds the next picture.
    func receive() throws(MediaFailure) -> Bool {
        let error = avcodec_receive_frame(context, incoming.pointer)
        if error == satchel_averror(ENOMEM) { throw MediaFailure.outOfMemory }
        if Self.isLoss(receiving: error) { lossCount += 1 }
        guard error >= 0, incoming.width > 0, incoming.height > 0 else { return false }
        if satchel_is_damaged(incoming.pointer) != 0 { lossCount += 1 }
        av_frame_unref(frame.pointer)
        av_frame_move_ref(frame.pointer, incoming.pointer)
        return true
    }

    /// Says that there is no more, and begins anew; whether `frame` now holds the first picture that was still to come.
    func end() throws(MediaFailure) -> Bool {
        try send(nil)
        let isThere = try receive()
        restart()
        return isThere
    }

    /// Forgets all that was sent, the end included.
    func restart() {
        avcodec_flush_buffers(context)
    }

    /// Something of a packet that was sent, or of what the decoder still held at the end, is lost.
    static func isLoss(sending packet: UnsafePointer<AVPacket>?, _ error: Int32) -> Bool {
        guard let packet else { return error < 0 && error != satchel_averror_eof() }
        // In a packet without bytes there is nothing to lose: it stands for a picture that is shown on.
        guard packet.pointee.size > 0 else { return false }
        return error < 0 || packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
    }

    /// Something of what was sent before is lost: not where there is only nothing yet, or no more.
    static func isLoss(receiving error: Int32) -> Bool {
        error < 0 && error != satchel_averror(EAGAIN) && error != satchel_averror_eof()
    }

    /// Opens the decoder of a stream, which is that of a file's `subject`: picture or sound.
    static func open(
        _ stream: UnsafeMutablePointer<AVStream>,
        maxPixels: Int64,
        subject: String = "picture"
    ) throws(MediaFailure) -> UnsafeMutablePointer<AVCodecContext> {
        let parameters = stream.pointee.codecpar
        guard let codec = avcodec_find_decoder(stream.pointee.codecpar.pointee.codec_id),
            AllowedMedia.decoders.contains(String(cString: codec.pointee.name))
        else {
            throw MediaFailure(.unsupportedFormat, "The \(subject)'s codec is not decoded here.")
        }
        var context = avcodec_alloc_context3(codec)
        guard let opened = context else { throw MediaFailure.outOfMemory }
        opened.pointee.pkt_timebase = stream.pointee.time_base
        var error = avcodec_parameters_to_context(opened, parameters)
        if error >= 0 {
            var options = MediaSource.decoderOptions(maxPixels: maxPixels)
            error = avcodec_open2(opened, codec, &options)
            av_dict_free(&options)
        }
        guard error >= 0 else {
            avcodec_free_context(&context)
            throw MediaFailure(libav: error, .invalidData, "The \(subject)'s decoder does not start")
        }
        return opened
    }
}
