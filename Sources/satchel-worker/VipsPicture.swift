import CVips
import Glibc
import Media

/// A picture of libvips: as a rule not decoded yet, but calculated strip by strip when its pixels are read.
///
/// libvips's own ways to calculate a whole picture all start a thread. Reading strip by strip does not, and a sealed process
/// can have none. Owns the VipsImage.
final class VipsPicture {
    private static let stripHeight = 64

    private let pointer: UnsafeMutablePointer<VipsImage>
    /// What the pixels come from, which libvips does not keep alive.
    private let origin: AnyObject?

    private typealias Output = UnsafeMutablePointer<UnsafeMutablePointer<VipsImage>?>

    private init(
        _ code: MediaFailure.Code,
        _ doing: String,
        origin: AnyObject?,
        _ make: (Output) -> Int32
    ) throws(MediaFailure) {
        var made: UnsafeMutablePointer<VipsImage>?
        guard make(&made) == 0, let made else { throw MediaFailure(vips: code, doing) }
        pointer = made
        self.origin = origin
    }

    deinit {
        g_object_unref(pointer)
    }

    var width: Int { Int(pointer.pointee.Xsize) }
    var height: Int { Int(pointer.pointee.Ysize) }
    var bandCount: Int { Int(pointer.pointee.Bands) }
    var hasAlpha: Bool { vips_image_hasalpha(pointer) != 0 }

    /// Sixteen bits a channel.
    var isDeep: Bool { pointer.pointee.BandFmt == VIPS_FORMAT_USHORT }

    /// Up to four channels of eight or sixteen bits, which is what pictures have; scientific data may have others.
    var isPictorial: Bool {
        (isDeep || pointer.pointee.BandFmt == VIPS_FORMAT_UCHAR) && bandCount <= 4
            && pointer.pointee.Coding == VIPS_CODING_NONE
    }

    /// The ICC profile; empty where there is none.
    var profile: [UInt8] {
        var count = 0
        guard let start = satchel_vips_profile(pointer, &count) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension VipsPicture {
    /// Opens a PNG, TIFF or GIF file; nothing is decoded yet.
    ///
    /// Of a GIF any frame can be had.
    convenience init(
        _ format: ImageFormat,
        _ file: ByteView,
        frame: Int = 0
    ) throws(MediaFailure) {
        let buffer = file.buffer
        guard let start = buffer.baseAddress, let source = vips_source_new_from_memory(start, buffer.count) else {
            throw MediaFailure(vips: .noFrame, "The picture cannot be opened")
        }
        // The picture holds it from now on.
        defer { g_object_unref(source) }
        try self.init(.noFrame, "The picture cannot be opened", origin: file.owner) { output in
            switch format {
            case .png: satchel_vips_load_png(source, output)
            case .gif: satchel_vips_load_gif(source, Int32(frame), output)
            case .tiff: satchel_vips_load_tiff(source, output)
            default: -1
            }
        }
    }

    /// A picture of pixels in memory: in sRGB, grey or inks, or in what the profile says.
    convenience init(_ pixels: PixelBuffer, hasInks: Bool = false, profile: [UInt8] = []) throws(MediaFailure) {
        let colors: VipsInterpretation =
            switch (pixels.channelCount < 3, pixels.isDeep) {
            case (false, false): VIPS_INTERPRETATION_sRGB
            case (false, true): VIPS_INTERPRETATION_RGB16
            case (true, false): VIPS_INTERPRETATION_B_W
            case (true, true): VIPS_INTERPRETATION_GREY16
            }
        try self.init(pixels, hasInks ? VIPS_INTERPRETATION_CMYK : colors, profile: profile)
    }

    /// A picture of pixels in memory that mean what those of another picture do.
    private convenience init(_ pixels: PixelBuffer, like other: VipsPicture) throws(MediaFailure) {
        try self.init(pixels, other.pointer.pointee.Type, profile: other.profile)
    }

    private convenience init(
        _ pixels: PixelBuffer,
        _ interpretation: VipsInterpretation,
        profile: [UInt8]
    ) throws(MediaFailure) {
        let raw = vips_image_new_from_memory(
            pixels.bytes,
            pixels.byteCount,
            Int32(pixels.width),
            Int32(pixels.height),
            Int32(pixels.channelCount),
            pixels.isDeep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR
        )
        guard let raw else { throw MediaFailure(vips: .renderingFailed, "The picture cannot be rendered") }
        defer { g_object_unref(raw) }
        try self.init(.renderingFailed, "The picture cannot be rendered", origin: pixels) {
            satchel_vips_interpret(raw, interpretation, $0)
        }
        if !profile.isEmpty { satchel_vips_set_profile(pointer, profile, profile.count) }
    }
}

extension VipsPicture {
    /// The picture made smaller.
    ///
    /// libvips could do it too, but a sealed process cannot run the code that it would compile for it, and what is left to it
    /// then takes several times as long.
    func scaled(width: Int, height: Int) throws(MediaFailure) -> VipsPicture {
        guard width != self.width || height != self.height else { return self }
        let pixels = try PixelBuffer(width: width, height: height, channelCount: bandCount, isDeep: isDeep)
        let isReduced =
            isDeep
            ? reduce(to: pixels, as: UInt16.self) : reduce(to: pixels, as: UInt8.self)
        guard isReduced else { throw MediaFailure(vips: .noFrame, "The picture cannot be decoded") }
        return try VipsPicture(pixels, like: self)
    }

    /// The caller has seen to it that `Channel` is what the picture has.
    private func reduce<Channel: FixedWidthInteger & UnsignedInteger>(
        to pixels: PixelBuffer,
        as type: Channel.Type
    ) -> Bool {
        let count = pixels.width * pixels.height * bandCount
        let reduction = Reduction<Channel>(
            width: width,
            height: height,
            channelCount: bandCount,
            hasAlpha: hasAlpha,
            targetWidth: pixels.width,
            targetHeight: pixels.height,
            result: UnsafeMutableBufferPointer(start: pixels.bytes.assumingMemoryBound(to: Channel.self), count: count)
        )
        return readRows { row, _ in reduction.take(row.assumingMemoryBound(to: Channel.self)) } && reduction.isComplete
    }

    /// The picture in sRGB with eight bits a channel, by its profile where it has one.
    func inSRGB() throws(MediaFailure) -> VipsPicture {
        if pointer.pointee.Type == VIPS_INTERPRETATION_CMYK {
            return try applying { satchel_vips_to_srgb($0, "cmyk", $1) }
        }
        if vips_image_get_typeof(pointer, VIPS_META_ICC_NAME) != 0 {
            // A profile that is broken, or for another kind of picture, is passed over as elsewhere.
            if let managed = try? applying({ satchel_vips_to_srgb($0, nil, $1) }) { return managed }
        }
        return try applying { satchel_vips_to_space($0, VIPS_INTERPRETATION_sRGB, $1) }
    }

    /// The picture in red, green and blue, its numbers as they are.
    func inRGB() throws(MediaFailure) -> VipsPicture {
        try applying { [isDeep] in
            satchel_vips_to_space($0, isDeep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, $1)
        }
    }

    private func applying(
        _ operation: (UnsafeMutablePointer<VipsImage>, UnsafeMutablePointer<UnsafeMutablePointer<VipsImage>?>) -> Int32
    ) throws(MediaFailure) -> VipsPicture {
        try VipsPicture(.renderingFailed, "The picture cannot be rendered", origin: self) { operation(pointer, $0) }
    }
}

extension VipsPicture {
    /// Decodes, and calculates, a picture of eight bits a channel.
    func picture() throws(MediaFailure) -> Picture {
        guard !isDeep, isColorful else { throw Self.oddChannels }
        return Picture(width: width, height: height, channelCount: bandCount, pixels: try channels())
    }

    /// Decodes, and calculates, the numbers of the picture, scaled to sixteen bits a channel.
    func samples() throws(MediaFailure) -> [UInt16] {
        guard isColorful else { throw Self.oddChannels }
        guard !isDeep else { return try channels() }
        let channels: [UInt8] = try channels()
        return channels.map { UInt16($0) * 257 }
    }

    private var isColorful: Bool { isPictorial && (bandCount == 3 || bandCount == 4) }

    private static var oddChannels: MediaFailure {
        MediaFailure(.renderingFailed, "The picture's channels are not those of a picture in colour.")
    }

    /// The caller has seen to it that `Channel` is what the picture has.
    private func channels<Channel: FixedWidthInteger>() throws(MediaFailure) -> [Channel] {
        let count = width * height * bandCount
        let channels = [Channel](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            guard let start = buffer.baseAddress, read(into: UnsafeMutableRawPointer(start)) else { return }
            initializedCount = count
        }
        guard channels.count == count else { throw MediaFailure(vips: .noFrame, "The picture cannot be decoded") }
        return channels
    }

    private func read(into target: UnsafeMutableRawPointer) -> Bool {
        let rowByteCount = satchel_vips_row_byte_count(pointer)
        return readRows { row, index in
            (target + index * rowByteCount).copyMemory(from: row, byteCount: rowByteCount)
        }
    }

    /// Goes through the rows from the top; false where one cannot be had.
    private func readRows(_ take: (UnsafeRawPointer, Int) -> Void) -> Bool {
        guard let region = vips_region_new(pointer) else { return false }
        defer { g_object_unref(region) }
        for top in stride(from: 0, to: height, by: Self.stripHeight) {
            let rowCount = min(Self.stripHeight, height - top)
            var strip = VipsRect(left: 0, top: Int32(top), width: Int32(width), height: Int32(rowCount))
            guard vips_region_prepare(region, &strip) == 0 else { return false }
            for row in top..<top + rowCount { take(satchel_vips_row(region, Int32(row)), row) }
        }
        return true
    }
}

extension MediaFailure {
    /// A failure with what libvips says of it, in short.
    init(vips code: Code, _ doing: String) {
        // Of a long list of complaints the last one is what it failed of.
        let lines = String(cString: vips_error_buffer()).split(separator: "\n")
        vips_error_clear()
        let text = (lines.last ?? "no reason is given").unicodeScalars.prefix(200)
            .map { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F ? Character($0) : "?" }
        self.init(code, "\(doing): \(String(text)).")
    }
}
