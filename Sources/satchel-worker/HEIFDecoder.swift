import CImages
import Media

/// Decodes HEIC and AVIF: libheif reads the container and puts tiles and transparency together, FFmpeg decodes the pictures.
struct HEIFDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8]
    private let image: HEIFImage

    /// Reads the container; of several pictures the primary one counts.
    init(_ format: ImageFormat, _ file: ByteView) throws(MediaFailure) {
        image = try HEIFImage(file)
        profile = image.profile
        // The library turns and crops, and tells the size as it is then.
        var header = ImageHeader(format, width: image.width, height: image.height)
        // EXIF's orientation is not to be heeded (ISO/IEC 23008-12, A.2.4): the container's own is.
        header.turnedByDecoder = HEIFOrientation.read(file)
        header.hasAlpha = image.hasAlpha
        header.isAnimated = ["avis", "msf1", "hevc", "hevx"].contains { file.hasText($0, at: 8) }
        header.capturedAt = image.exif?.capturedAt
        if profile.isEmpty { header.color = image.color }
        self.header = header
    }

    /// There are maps of depth, of gain or of other things with the picture.
    var hasMaps: Bool { image.auxiliaryCount > 0 }

    /// The container declares high dynamic range, also where a profile goes before its word on the colours.
    var isHighRange: Bool { image.color?.hdrTransfer != nil }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame == 0 else { return nil }
        return try VipsPicture(try image.pixels(), profile: profile)
    }
}

/// The primary picture of a file.
///
/// Owns libheif's context and handle.
private final class HEIFImage {
    private let context: OpaquePointer
    private let handle: OpaquePointer
    /// The context reads from it.
    private let file: ByteView

    init(_ file: ByteView) throws(MediaFailure) {
        guard let context = heif_context_alloc() else { throw MediaFailure.outOfMemory }
        // Tiles are decoded one behind the other.
        heif_context_set_max_decoding_threads(context, 0)
        var handle: OpaquePointer?
        var error = heif_context_read_from_memory_without_copy(
            context,
            file.buffer.baseAddress,
            file.count,
            nil
        )
        if error.code == heif_error_Ok { error = heif_context_get_primary_image_handle(context, &handle) }
        guard error.code == heif_error_Ok, let handle else {
            // The error's text lies in the context.
            let failure = MediaFailure(heif: error, .invalidData, "The picture cannot be opened")
            heif_context_free(context)
            throw failure
        }
        self.context = context
        self.handle = handle
        self.file = file
    }

    deinit {
        heif_image_handle_release(handle)
        heif_context_free(context)
    }

    var width: Int { Int(heif_image_handle_get_width(handle)) }
    var height: Int { Int(heif_image_handle_get_height(handle)) }
    var hasAlpha: Bool { heif_image_handle_has_alpha_channel(handle) != 0 }

    /// What goes with the picture, but for its transparency.
    var auxiliaryCount: Int {
        Int(heif_image_handle_get_number_of_auxiliary_images(handle, Int32(LIBHEIF_AUX_IMAGE_FILTER_OMIT_ALPHA)))
    }

    /// The ICC profile; empty where there is none.
    var profile: [UInt8] {
        let count = heif_image_handle_get_raw_color_profile_size(handle)
        guard
            [heif_color_profile_type_rICC, heif_color_profile_type_prof]
                .contains(heif_image_handle_get_color_profile_type(handle)), (1...1 << 24).contains(count)
        else { return [] }
        var profile = [UInt8](repeating: 0, count: count)
        return heif_image_handle_get_raw_color_profile(handle, &profile).code == heif_error_Ok ? profile : []
    }

    /// The colour space that the container declares, where it is not near to sRGB.
    var color: CodedColor? {
        var nclx: UnsafeMutablePointer<heif_color_profile_nclx>?
        guard heif_image_handle_get_nclx_color_profile(handle, &nclx).code == heif_error_Ok, let nclx else {
            return nil
        }
        defer { heif_nclx_color_profile_free(nclx) }
        return CodedColor(
            primaries: Int(nclx.pointee.color_primaries.rawValue),
            transfer: Int(nclx.pointee.transfer_characteristics.rawValue)
        )
    }

    var exif: ExifTags? {
        var id: heif_item_id = 0
        guard heif_image_handle_get_list_of_metadata_block_IDs(handle, "Exif", &id, 1) == 1 else { return nil }
        let count = heif_image_handle_get_metadata_size(handle, id)
        guard (5...1 << 24).contains(count) else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        guard heif_image_handle_get_metadata(handle, id, &bytes).code == heif_error_Ok else { return nil }
        // Four bytes say how far behind them the structure begins.
        let block = ByteView(ImageBytes(copying: bytes))
        return block.number(at: 0, count: 4).flatMap { ExifTags(block.view(at: 4 + $0)) }
    }

    func pixels() throws(MediaFailure) -> PixelBuffer {
        let depth = Int(heif_image_handle_get_luma_bits_per_pixel(handle))
        let isDeep = depth > 8
        let chroma =
            switch (isDeep, hasAlpha) {
            case (false, false): heif_chroma_interleaved_RGB
            case (false, true): heif_chroma_interleaved_RGBA
            case (true, false): heif_chroma_interleaved_RRGGBB_LE
            case (true, true): heif_chroma_interleaved_RRGGBBAA_LE
            }
        var image: OpaquePointer?
        let error = heif_decode_image(handle, &image, heif_colorspace_RGB, chroma, nil)
        defer { if let image { heif_image_release(image) } }
        var stride: Int32 = 0
        guard error.code == heif_error_Ok, let image,
            let rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride)
        else { throw MediaFailure(heif: error, .noFrame, "The picture cannot be decoded") }
        // Container and picture may tell different sizes.
        guard heif_image_get_width(image, heif_channel_interleaved) == width,
            heif_image_get_height(image, heif_channel_interleaved) == height
        else { throw MediaFailure(.invalidData, "The picture's size is told in two ways.") }
        let pixels = try PixelBuffer(width: width, height: height, channelCount: hasAlpha ? 4 : 3, isDeep: isDeep)
        for row in 0..<height {
            (pixels.bytes + row * pixels.rowByteCount)
                .copyMemory(from: rows + row * Int(stride), byteCount: pixels.rowByteCount)
        }
        if isDeep {
            let found = heif_image_get_bits_per_pixel_range(image, heif_channel_interleaved)
            pixels.widen(from: found > 8 && found <= 16 ? Int(found) : depth)
        }
        return pixels
    }
}

extension MediaFailure {
    fileprivate init(heif error: heif_error, _ code: Code, _ doing: String) {
        if error.code == heif_error_Memory_allocation_error, error.subcode != heif_suberror_Security_limit_exceeded {
            self = .outOfMemory
            return
        }
        let text = error.message.map { String(cString: $0) } ?? "no reason is given"
        self.init(code, "\(doing): \(text.prefix(200)).")
    }
}
