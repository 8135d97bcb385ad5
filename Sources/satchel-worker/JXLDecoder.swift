import CImages
import Media

/// Decodes JPEG XL with libjxl, which makes no thread unless it is given a runner.
struct JXLDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8]
    private let file: ByteView
    private let isDeep: Bool
    private let hasAlpha: Bool

    /// Reads the header.
    init(_ file: ByteView) throws(MediaFailure) {
        let session = try JXLSession(file, events: JXL_DEC_BASIC_INFO.rawValue | JXL_DEC_COLOR_ENCODING.rawValue)
        guard session.next() == JXL_DEC_BASIC_INFO, let info = session.info,
            session.next() == JXL_DEC_COLOR_ENCODING
        else { throw MediaFailure(.invalidData, "The picture's header is broken.") }
        self.file = file
        hasAlpha = info.alpha_bits > 0
        var header = ImageHeader(.jpegXL, width: Int(info.xsize), height: Int(info.ysize))
        // The decoder undoes the orientation, and tells the size as it is then.
        header.turnedByDecoder = Orientation(exif: Int(info.orientation.rawValue))
        header.hasAlpha = hasAlpha
        header.isAnimated = info.have_animation != 0
        header.capturedAt = Self.exif(of: file)?.capturedAt
        let encoding = session.encoding
        header.color = encoding.flatMap { CodedColor($0) }
        profile = encoding == nil ? session.profile : []
        isDeep = info.bits_per_sample > 8
        self.header = header
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame == 0 else { return nil }
        let session = try JXLSession(file, events: JXL_DEC_FULL_IMAGE.rawValue)
        let pixels = try PixelBuffer(
            width: header.width,
            height: header.height,
            channelCount: hasAlpha ? 4 : 3,
            isDeep: isDeep
        )
        guard session.decode(into: pixels) else { throw MediaFailure(.noFrame, "The picture cannot be decoded.") }
        return try VipsPicture(pixels, profile: profile)
    }

    /// From the container's box, if it is not compressed: four bytes say how far behind them the structure begins.
    private static func exif(of file: ByteView) -> ExifTags? {
        guard let box = BoxView.first("Exif", in: file), let offset = box.number(at: 0, count: 4) else { return nil }
        return ExifTags(box.view(at: 4 + offset))
    }
}

extension CodedColor {
    /// libjxl numbers primaries and transfer functions as ITU-T H.273 does, and adds a plain power.
    fileprivate init?(_ encoding: JxlColorEncoding) {
        if encoding.transfer_function == JXL_TRANSFER_FUNCTION_GAMMA {
            guard encoding.gamma > 0.1 else { return nil }
            self.init(primaries: Int(encoding.primaries.rawValue), gamma: 1 / encoding.gamma)
        } else {
            self.init(
                primaries: Int(encoding.primaries.rawValue),
                transfer: Int(encoding.transfer_function.rawValue)
            )
        }
    }
}

/// One pass of libjxl over a file.
///
/// Owns the JxlDecoder.
private final class JXLSession {
    private let decoder: OpaquePointer
    /// What is decoded lies in it.
    private let file: ByteView

    init(_ file: ByteView, events: UInt32) throws(MediaFailure) {
        guard let decoder = JxlDecoderCreate(nil) else { throw MediaFailure.outOfMemory }
        self.decoder = decoder
        self.file = file
        let start = file.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard JxlDecoderSubscribeEvents(decoder, Int32(bitPattern: events)) == JXL_DEC_SUCCESS,
            JxlDecoderSetInput(decoder, start, file.count) == JXL_DEC_SUCCESS
        else { throw MediaFailure(.invalidData, "The picture cannot be opened.") }
        JxlDecoderCloseInput(decoder)
    }

    deinit {
        JxlDecoderDestroy(decoder)
    }

    func next() -> JxlDecoderStatus { JxlDecoderProcessInput(decoder) }

    var info: JxlBasicInfo? {
        var info = JxlBasicInfo()
        return JxlDecoderGetBasicInfo(decoder, &info) == JXL_DEC_SUCCESS ? info : nil
    }

    /// The colour space of the decoded pixels; nil where it takes an ICC profile to tell it.
    var encoding: JxlColorEncoding? {
        var encoding = JxlColorEncoding()
        guard satchel_jxl_color(decoder, &encoding) == JXL_DEC_SUCCESS, encoding.primaries != JXL_PRIMARIES_CUSTOM,
            encoding.white_point == JXL_WHITE_POINT_D65
        else { return nil }
        return encoding
    }

    /// The colour space of the decoded pixels as an ICC profile.
    var profile: [UInt8] {
        var count = 0
        guard satchel_jxl_profile_size(decoder, &count) == JXL_DEC_SUCCESS, (1...1 << 24).contains(count) else {
            return []
        }
        var profile = [UInt8](repeating: 0, count: count)
        return satchel_jxl_profile(decoder, &profile, count) == JXL_DEC_SUCCESS ? profile : []
    }

    /// Decodes the first frame.
    func decode(into pixels: PixelBuffer) -> Bool {
        var format = JxlPixelFormat(
            num_channels: UInt32(pixels.channelCount),
            data_type: pixels.isDeep ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8,
            endianness: JXL_NATIVE_ENDIAN,
            align: 0
        )
        var byteCount = 0
        guard next() == JXL_DEC_NEED_IMAGE_OUT_BUFFER,
            JxlDecoderImageOutBufferSize(decoder, &format, &byteCount) == JXL_DEC_SUCCESS,
            byteCount == pixels.byteCount,
            JxlDecoderSetImageOutBuffer(decoder, &format, pixels.bytes, byteCount) == JXL_DEC_SUCCESS
        else { return false }
        return next() == JXL_DEC_FULL_IMAGE
    }
}
