import CImages
import CLibAV
import Glibc
import Media

/// The decoders that libheif is given: FFmpeg's, which work without threads; libheif's own start some.
enum HEIFCodec {
    /// More than any tile or picture is let through with by the job's own limit, which is held before.
    fileprivate static let maxPixels: Int64 = 1 << 28
    /// libheif's own decoders have 100 at most.
    private static let priority: Int32 = 1_000

    /// Registers them for this process, for good.
    static func register() {
        var hevc = plugin()
        hevc.get_plugin_name = { text("HEVC by FFmpeg") }
        hevc.does_support_format = { $0 == heif_compression_HEVC ? HEIFCodec.priority : 0 }
        hevc.new_decoder = { HEIFCodec.start(.hevc, $0) }
        register(hevc)
        var av1 = plugin()
        av1.get_plugin_name = { text("AV1 by FFmpeg") }
        av1.does_support_format = { $0 == heif_compression_AV1 ? HEIFCodec.priority : 0 }
        av1.new_decoder = { HEIFCodec.start(.av1, $0) }
        register(av1)
    }

    /// libheif keeps the pointer: what it points to is never freed.
    private static func register(_ plugin: heif_decoder_plugin) {
        let kept = UnsafeMutablePointer<heif_decoder_plugin>.allocate(capacity: 1)
        kept.initialize(to: plugin)
        _ = heif_register_decoder_plugin(kept)
    }

    private static func plugin() -> heif_decoder_plugin {
        var plugin = heif_decoder_plugin()
        plugin.plugin_api_version = 1
        plugin.free_decoder = { pointer in
            guard let pointer else { return }
            Unmanaged<HEIFPicture>.fromOpaque(pointer).release()
        }
        plugin.push_data = { pointer, data, count in
            guard let pointer, let data else { return heif_error(heif_error_Usage_error) }
            Unmanaged<HEIFPicture>.fromOpaque(pointer).takeUnretainedValue()
                .append(UnsafeRawBufferPointer(start: data, count: count))
            return heif_error(heif_error_Ok)
        }
        plugin.decode_image = { pointer, image in
            guard let pointer, let image else { return heif_error(heif_error_Usage_error) }
            do throws(MediaFailure) {
                image.pointee = try Unmanaged<HEIFPicture>.fromOpaque(pointer).takeUnretainedValue().image()
                return heif_error(heif_error_Ok)
            } catch {
                let isMemory = error.code == MediaFailure.outOfMemory.code
                return heif_error(isMemory ? heif_error_Memory_allocation_error : heif_error_Decoder_plugin_error)
            }
        }
        return plugin
    }

    private static func start(
        _ codec: PictureCodec,
        _ pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> heif_error {
        // libheif hands it back to free_decoder, once.
        pointer?.pointee = Unmanaged.passRetained(HEIFPicture(codec)).toOpaque()
        return heif_error(heif_error_Ok)
    }
}

/// A text that lasts as long as the process, as C wants it.
private func text(_ literal: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)
}

extension heif_error {
    fileprivate init(_ code: heif_error_code) {
        self.init(code: code, subcode: heif_suberror_Unspecified, message: text("The picture cannot be decoded"))
    }
}

/// One coded picture of a file: a tile, a whole picture, or its transparency.
private final class HEIFPicture {
    private let codec: PictureCodec
    private var bytes: [UInt8] = []

    init(_ codec: PictureCodec) {
        self.codec = codec
    }

    func append(_ data: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: data)
    }

    /// The decoded picture, as libheif has it.
    func image() throws(MediaFailure) -> OpaquePointer {
        if codec == .hevc { markUnits() }
        let decoded: Result<Frame, MediaFailure> = bytes.withUnsafeBytes { buffer in
            do throws(MediaFailure) {
                return .success(try codec.frame(of: buffer, maxPixels: HEIFCodec.maxPixels))
            } catch {
                return .failure(error)
            }
        }
        return try HEIFPlanes(try decoded.get()).image()
    }

    /// Makes start codes (ITU-T H.265, annex B) of the lengths before the units, which are as long.
    private func markUnits() {
        var offset = 0
        while offset + 4 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            bytes.replaceSubrange(offset..<offset + 4, with: [0, 0, 0, 1])
            offset += 4 + length
        }
    }
}

/// The planes of a decoded frame, for libheif.
private struct HEIFPlanes {
    private let frame: Frame
    private let description: AVPixFmtDescriptor

    init(_ frame: Frame) throws(MediaFailure) {
        guard let description = av_pix_fmt_desc_get(frame.format)?.pointee, description.nb_components != 2,
            description.nb_components <= 3, description.comp.0.depth <= 16
        else { throw MediaFailure(.unsupportedFormat, "The picture's pixel format is not known here.") }
        self.frame = frame
        self.description = description
    }

    func image() throws(MediaFailure) -> OpaquePointer {
        var image: OpaquePointer?
        let isGrey = description.nb_components == 1
        let error = heif_image_create(
            Int32(frame.width),
            Int32(frame.height),
            isGrey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
            chroma,
            &image
        )
        guard error.code == heif_error_Ok, let image else { throw MediaFailure.outOfMemory }
        do throws(MediaFailure) {
            try copy(0, to: heif_channel_Y, of: image)
            if !isGrey {
                try copy(1, to: heif_channel_Cb, of: image)
                try copy(2, to: heif_channel_Cr, of: image)
            }
        } catch {
            heif_image_release(image)
            throw error
        }
        describeColor(of: image)
        return image
    }

    private var chroma: heif_chroma {
        switch (description.nb_components, description.log2_chroma_w, description.log2_chroma_h) {
        case (1, _, _): heif_chroma_monochrome
        case (_, 1, 1): heif_chroma_420
        case (_, 1, 0): heif_chroma_422
        default: heif_chroma_444
        }
    }

    /// Both sides keep more than eight bits in two bytes, in the machine's order.
    private func copy(_ plane: Int, to channel: heif_channel, of image: OpaquePointer) throws(MediaFailure) {
        let depth = description.comp.0.depth
        let isReduced = plane > 0
        let width = isReduced ? -(-frame.width >> Int(description.log2_chroma_w)) : frame.width
        let height = isReduced ? -(-frame.height >> Int(description.log2_chroma_h)) : frame.height
        var stride: Int32 = 0
        guard heif_image_add_plane(image, channel, Int32(width), Int32(height), depth).code == heif_error_Ok,
            let target = heif_image_get_plane(image, channel, &stride),
            let source = source(plane)
        else { throw MediaFailure.outOfMemory }
        let rowByteCount = width * (depth > 8 ? 2 : 1)
        for row in 0..<height {
            memcpy(target + row * Int(stride), source.start + row * source.stride, rowByteCount)
        }
    }

    private func source(_ plane: Int) -> (start: UnsafeMutablePointer<UInt8>, stride: Int)? {
        let found = frame.pointer.pointee
        let start = [found.data.0, found.data.1, found.data.2][plane]
        let stride = [found.linesize.0, found.linesize.1, found.linesize.2][plane]
        return start.map { ($0, Int(stride)) }
    }

    /// What the picture's own data says of its colours; the container's word, where there is one, goes before it.
    private func describeColor(of image: OpaquePointer) {
        guard let nclx = heif_nclx_color_profile_alloc() else { return }
        defer { heif_nclx_color_profile_free(nclx) }
        let found = frame.pointer.pointee
        let (primaries, transfer) = (found.color_primaries.rawValue, found.color_trc.rawValue)
        _ = heif_nclx_color_profile_set_color_primaries(nclx, UInt16(truncatingIfNeeded: primaries))
        _ = heif_nclx_color_profile_set_transfer_characteristics(nclx, UInt16(truncatingIfNeeded: transfer))
        let matrix = UInt16(truncatingIfNeeded: found.colorspace.rawValue)
        _ = heif_nclx_color_profile_set_matrix_coefficients(nclx, matrix)
        nclx.pointee.full_range_flag = found.color_range == AVCOL_RANGE_JPEG ? 1 : 0
        _ = heif_image_set_nclx_color_profile(image, nclx)
    }
}
