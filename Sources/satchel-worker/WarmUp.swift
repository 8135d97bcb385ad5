import CImages
import CLibAV
import CVips
import Glibc
import Media

/// Does in the server, once, what each child would else do for itself, for the libraries build tables and register types at
/// first use.
///
/// Nothing here makes a thread: a fork would leave it behind.
enum WarmUp {
    private static let codecs = [
        AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1, AV_CODEC_ID_MPEG4,
        AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG,
    ]

    private static let loaders = [
        "VipsForeignLoadPng", "VipsForeignLoadNsgif", "VipsForeignLoadTiff",
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
        startVips()
        HEIFCodec.register()
        renderSamples()
        let answer = ResultPacket.answer(MediaAnswer(report: MediaReport(format: "none")))
        _ = ResultPacket(answer.bytes[...])
    }

    private static func startVips() {
        // Errors are answered, not logged.
        g_log_set_default_handler({ _, _, _, _ in }, nil)
        guard vips_init("satchel-worker") == 0 else { return }
        // Only the loaders that are called here by name are left.
        vips_block_untrusted_set(1)
        vips_operation_block_set("VipsForeign", 1)
        for loader in loaders {
            vips_operation_block_set(loader, 0)
            let type = g_type_from_name(loader + "Source")
            if type != 0 { g_type_class_ref(type) }
        }
        vips_cache_set_max(0)
        vips_concurrency_set(1)
        // It would compile code for each picture, which a sealed process cannot run.
        vips_vector_set_enabled(0)
    }

    /// Has the libraries work once.
    private static func renderSamples() {
        let pixels = (0..<64 * 64 * 4).map { UInt8(truncatingIfNeeded: $0) }
        let sample = Picture(width: 64, height: 64, channelCount: 4, pixels: pixels)
        let specification = RenditionSpecification(name: "sample", bound: .longEdge, pixels: 8, alpha: .kept)
        for picture in [sample.flattened, sample] {
            // The opaque one becomes a JPEG, the other one a WebP file.
            guard let file = try? PictureEncoder.encode(picture, as: specification).bytes,
                let still = try? StillImage(ByteView(ImageBytes(copying: file)), maxPixels: 1 << 16)
            else { continue }
            _ = Renditions(of: still, as: [specification], maxByteCount: 1 << 16)
        }
        manageColors()
    }

    /// Has a profile applied: one of libvips's own, since it takes two that differ.
    private static func manageColors() {
        var blob: UnsafeMutablePointer<VipsBlob>?
        guard satchel_vips_load_profile("p3", &blob) == 0, let blob else { return }
        defer { vips_area_unref(UnsafeMutableRawPointer(blob).assumingMemoryBound(to: VipsArea.self)) }
        var count = 0
        guard let start = vips_blob_get(blob, &count),
            let pixels = try? PixelBuffer(width: 1, height: 1, channelCount: 3)
        else { return }
        memset(pixels.bytes, 0, pixels.byteCount)
        let profile = [UInt8](UnsafeRawBufferPointer(start: start, count: count))
        _ = try? VipsPicture(pixels, profile: profile).inSRGB().picture()
    }
}
