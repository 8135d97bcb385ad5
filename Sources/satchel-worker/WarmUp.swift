import CLibAV
import Media

/// Does in the server, once, what each child would else do for itself: the libraries build tables at first use.
enum WarmUp {
    private static let codecs = [
        AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1, AV_CODEC_ID_MPEG4,
        AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG,
    ]

    static func run() {
        satchel_silence_libav()
        for id in codecs {
            guard let codec = avcodec_find_decoder(id) else { continue }
            var context = avcodec_alloc_context3(codec)
            context?.pointee.thread_count = 1
            avcodec_open2(context, codec, nil)
            avcodec_free_context(&context)
        }
        let pixels = [UInt8](repeating: 128, count: 16 * 16 * 4)
        let picture = pixels.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { Picture(width: 16, height: 16, rgba: $0, stride: 64, orientation: .upright) }
        }
        if let picture { _ = try? JPEGEncoder.encode(picture, quality: 80) }
        let answer = ResultPacket.answer(MediaAnswer(report: MediaReport(format: "none")))
        _ = ResultPacket(answer.bytes[...])
    }
}
