import CImages
import Media

/// Decodes JPEG with libjpeg, from memory as a whole: libvips's own loader hands it small pieces, and takes twice the time.
///
/// At an eighth of the size, what nearly all photographs are is decoded without it, in half of its time and to the same samples.
struct JPEGDecoder: StillDecoder {
    let header: ImageHeader
    let profile: [UInt8]
    private let file: ByteView

    init(_ header: ImageHeader, _ file: ByteView) {
        self.header = header
        self.file = file
        profile = ImageHeader.profile(ofJPEG: file)
    }

    func decoded(_ wanted: (width: Int, height: Int), frame: Int) throws(MediaFailure) -> VipsPicture? {
        guard frame == 0 else { return nil }
        let shrink = shrink(for: wanted)
        let pixels = try PixelBuffer(
            width: (header.width + shrink - 1) / shrink,
            height: (header.height + shrink - 1) / shrink,
            channelCount: header.componentCount
        )
        // Where there is not enough memory for the one, there may be for the other.
        let isDecoded = shrink == 8 && (try? JPEGEighth(file)?.decode(to: pixels)) ?? false
        if !isDecoded { try decodeAny(to: pixels, shrink: shrink) }
        return try VipsPicture(pixels, hasInks: header.componentCount == 4, profile: profile)
    }

    /// Decodes any JPEG, with what can be had of a broken one.
    private func decodeAny(to pixels: PixelBuffer, shrink: Int) throws(MediaFailure) {
        let decoded = file.buffer.baseAddress.map { start in
            satchel_jpeg_decode(
                start.assumingMemoryBound(to: UInt8.self),
                file.count,
                Int32(shrink),
                pixels.bytes.assumingMemoryBound(to: UInt8.self),
                Int32(pixels.width),
                Int32(pixels.height),
                Int32(pixels.channelCount)
            )
        }
        guard decoded == 0 else { throw MediaFailure(.noFrame, "The picture cannot be decoded.") }
    }

    /// How much smaller it may be decoded.
    ///
    /// libjpeg's steps are plain means: half as much again as is wanted must be left for the better filter to do the rest.
    private func shrink(for wanted: (width: Int, height: Int)) -> Int {
        [8, 4, 2]
            .first { 2 * header.width >= 3 * $0 * wanted.width && 2 * header.height >= 3 * $0 * wanted.height } ?? 1
    }
}
