import CLibAV
import Media

/// Has FFmpeg decode a picture that is a single packet: without a demuxer, on one thread.
enum PictureCodec: String {
    case hevc
    case av1 = "libdav1d"
    case jpeg = "mjpeg"
    case jpeg2000
    case photoshop = "psd"

    /// The picture; broken data gives none.
    func frame(of bytes: UnsafeRawBufferPointer, maxPixels: Int64) throws(MediaFailure) -> Frame {
        guard let codec = avcodec_find_decoder_by_name(rawValue) else {
            throw MediaFailure(.unsupportedFormat, "There is no decoder \(rawValue).")
        }
        var context = avcodec_alloc_context3(codec)
        guard let opened = context else { throw MediaFailure.outOfMemory }
        defer { avcodec_free_context(&context) }
        opened.pointee.thread_count = 1
        opened.pointee.max_pixels = maxPixels
        let frame = try Frame()
        var error = avcodec_open2(opened, codec, nil)
        let packet = try packet(of: bytes)
        if error >= 0 { error = withExtendedLifetime(packet) { avcodec_send_packet(opened, packet.pointer) } }
        if error >= 0 { error = avcodec_send_packet(opened, nil) }
        if error >= 0 { error = avcodec_receive_frame(opened, frame.pointer) }
        guard error >= 0, frame.width > 0, frame.height > 0 else {
            throw MediaFailure(libav: error, .noFrame, "The picture cannot be decoded")
        }
        let found = frame.pointer.pointee
        guard found.flags & AV_FRAME_FLAG_CORRUPT == 0, found.decode_error_flags == 0 else {
            throw MediaFailure(.noFrame, "A part of the picture is missing.")
        }
        return frame
    }

    /// FFmpeg reads a little beyond a packet: it must be its own, with room behind it.
    private func packet(of bytes: UnsafeRawBufferPointer) throws(MediaFailure) -> Packet {
        let packet = try Packet()
        guard let count = Int32(exactly: bytes.count), count > 0, av_new_packet(packet.pointer, count) >= 0,
            let data = packet.pointer.pointee.data
        else { throw MediaFailure.outOfMemory }
        UnsafeMutableRawBufferPointer(start: data, count: bytes.count).copyMemory(from: bytes)
        packet.pointer.pointee.flags |= AV_PKT_FLAG_KEY
        return packet
    }
}
