import CImages
import Media

/// Decodes WebP with libwebp, which is told to use no threads.
struct WebPDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8]
    private let file: ByteView

    init(_ header: ImageHeader, _ file: ByteView) {
        self.header = header
        self.file = file
        profile = ImageHeader.webPChunk("ICCP", of: file)?.bytes ?? []
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard let pixels = header.isAnimated ? try animated(frame) : try still(wanted, frame) else { return nil }
        return try VipsPicture(pixels, profile: profile)
    }

    private func still(_ wanted: (width: Int, height: Int), _ frame: Int) throws(MediaFailure) -> PixelBuffer? {
        guard frame == 0 else { return nil }
        var config = WebPDecoderConfig()
        guard WebPInitDecoderConfig(&config) != 0, let data = start,
            WebPGetFeatures(data, file.count, &config.input) == VP8_STATUS_OK,
            config.input.width == header.width, config.input.height == header.height
        else { throw Self.broken }
        let size = reduced(for: wanted)
        let hasAlpha = config.input.has_alpha != 0
        let pixels = try PixelBuffer(width: size.width, height: size.height, channelCount: hasAlpha ? 4 : 3)
        if size != (header.width, header.height) {
            config.options.use_scaling = 1
            config.options.scaled_width = Int32(size.width)
            config.options.scaled_height = Int32(size.height)
        }
        config.output.colorspace = hasAlpha ? MODE_RGBA : MODE_RGB
        config.output.is_external_memory = 1
        config.output.u.RGBA.rgba = pixels.bytes.assumingMemoryBound(to: UInt8.self)
        config.output.u.RGBA.stride = Int32(pixels.rowByteCount)
        config.output.u.RGBA.size = pixels.byteCount
        let status = WebPDecode(data, file.count, &config)
        WebPFreeDecBuffer(&config.output)
        guard status == VP8_STATUS_OK else {
            guard status == VP8_STATUS_OUT_OF_MEMORY else { throw Self.broken }
            throw MediaFailure.outOfMemory
        }
        return pixels
    }

    /// libwebp scales while it decodes, by a plain mean.
    ///
    /// A whole number of pixels goes into each mean, so that fine patterns do not beat with them, and at least twice the wanted
    /// size is left for the better filter to do the rest.
    private func reduced(for wanted: (width: Int, height: Int)) -> (width: Int, height: Int) {
        let factor = max(1, min(header.width / (2 * wanted.width), header.height / (2 * wanted.height)))
        return ((header.width + factor - 1) / factor, (header.height + factor - 1) / factor)
    }

    private func animated(_ frame: Int) throws(MediaFailure) -> PixelBuffer? {
        var options = WebPAnimDecoderOptions()
        guard WebPAnimDecoderOptionsInit(&options) != 0 else { throw Self.broken }
        options.color_mode = MODE_RGBA
        options.use_threads = 0
        var data = WebPData(bytes: start, size: file.count)
        guard let decoder = WebPAnimDecoderNew(&data, &options) else { throw Self.broken }
        defer { WebPAnimDecoderDelete(decoder) }
        var canvas: UnsafeMutablePointer<UInt8>?
        var time: Int32 = 0
        for _ in 0...frame {
            guard WebPAnimDecoderHasMoreFrames(decoder) != 0 else { return nil }
            guard WebPAnimDecoderGetNext(decoder, &canvas, &time) != 0 else { throw Self.broken }
        }
        guard let canvas else { throw Self.broken }
        let pixels = try PixelBuffer(width: header.width, height: header.height, channelCount: 4)
        pixels.bytes.copyMemory(from: canvas, byteCount: pixels.byteCount)
        return pixels
    }

    private var start: UnsafePointer<UInt8>? { file.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) }

    private static var broken: MediaFailure { MediaFailure(.noFrame, "The picture cannot be decoded.") }
}
