import CImages
import Media

/// Decodes JPEG with libjpeg, from memory as a whole: libvips's own loader hands it small pieces, and takes twice the time.
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
        return try VipsPicture(pixels, hasInks: header.componentCount == 4, profile: profile)
    }

    /// How much smaller it may be decoded.
    ///
    /// libjpeg's steps are plain means: half as much again as is wanted must be left for the better filter to do the rest.
    private func shrink(for wanted: (width: Int, height: Int)) -> Int {
        [8, 4, 2]
            .first { 2 * header.width >= 3 * $0 * wanted.width && 2 * header.height >= 3 * $0 * wanted.height } ?? 1
    }
}
