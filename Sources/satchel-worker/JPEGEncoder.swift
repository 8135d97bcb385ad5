import CLibAV
import Media

/// Encodes a picture as a baseline JPEG (full-range BT.601, as JFIF says).
enum JPEGEncoder {
    /// The encoded bytes; `quality` from 1 to 100.
    static func encode(_ picture: Picture, quality: Int) throws(MediaFailure) -> [UInt8] {
        let source = try frame(of: picture)
        let target = try Frame(width: picture.width, height: picture.height, format: AV_PIX_FMT_YUVJ420P)
        let scaler = try Scaler(
            from: source,
            matrix: SWS_CS_ITU601,
            isFullRange: true,
            width: picture.width,
            height: picture.height,
            format: AV_PIX_FMT_YUVJ420P
        )
        try scaler.scale(source, into: target)
        target.pointer.pointee.pts = 0
        target.pointer.pointee.quality = satchel_lambda(quantizer(forQuality: quality))

        var context = try open(width: picture.width, height: picture.height, quality: quality)
        defer { avcodec_free_context(&context) }
        let packet = try Packet()
        var error = avcodec_send_frame(context, target.pointer)
        if error >= 0 { error = avcodec_send_frame(context, nil) }
        if error >= 0 { error = avcodec_receive_packet(context, packet.pointer) }
        guard error >= 0, let data = packet.pointer.pointee.data else {
            throw MediaFailure(libav: error, .renderingFailed, "The thumbnail cannot be encoded")
        }
        return [UInt8](UnsafeBufferPointer(start: data, count: Int(packet.pointer.pointee.size)))
    }

    private static func open(
        width: Int,
        height: Int,
        quality: Int
    ) throws(MediaFailure) -> UnsafeMutablePointer<AVCodecContext>? {
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG), let opened = avcodec_alloc_context3(codec) else {
            throw MediaFailure(.renderingFailed, "There is no JPEG encoder.")
        }
        opened.pointee.width = Int32(clamping: width)
        opened.pointee.height = Int32(clamping: height)
        opened.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
        opened.pointee.color_range = AVCOL_RANGE_JPEG
        opened.pointee.time_base = AVRational(num: 1, den: 25)
        opened.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        opened.pointee.thread_count = 1
        opened.pointee.flags |= satchel_jpeg_flags()
        opened.pointee.qmin = 1
        opened.pointee.global_quality = satchel_lambda(quantizer(forQuality: quality))
        let error = avcodec_open2(opened, codec, nil)
        var context: UnsafeMutablePointer<AVCodecContext>? = opened
        guard error >= 0 else {
            avcodec_free_context(&context)
            throw MediaFailure(libav: error, .renderingFailed, "The JPEG encoder does not start")
        }
        return context
    }

    private static func frame(of picture: Picture) throws(MediaFailure) -> Frame {
        let frame = try Frame(width: picture.width, height: picture.height, format: AV_PIX_FMT_RGB24)
        guard let pixels = frame.pointer.pointee.data.0 else { throw MediaFailure.outOfMemory }
        let stride = Int(frame.pointer.pointee.linesize.0)
        let rowByteCount = picture.width * 3
        picture.rgb.withUnsafeBufferPointer { rgb in
            guard let base = rgb.baseAddress else { return }
            for row in 0..<picture.height {
                (pixels + row * stride).update(from: base + row * rowByteCount, count: rowByteCount)
            }
        }
        return frame
    }

    /// FFmpeg's quantizer, 1 (finest) to 31, near the quality scale of the IJG's encoder: that one multiplies its tables by
    /// 5000/q or 200-2q per cent, and the two table sets agree on low frequencies at about 8 for 100 per cent.
    private static func quantizer(forQuality quality: Int) -> Int32 {
        let quality = min(max(quality, 1), 100)
        let percent = quality < 50 ? 5_000 / quality : 200 - 2 * quality
        return Int32(min(max((percent * 8 + 50) / 100, 1), 31))
    }
}
