import CImages
import Glibc
import Media

/// Encodes pictures; what is written holds the picture and nothing else.
enum PictureEncoder {
    /// The encoded picture of a specification, and its media type.
    static func encode(
        _ picture: Picture,
        as specification: RenditionSpecification
    ) throws(MediaFailure) -> (bytes: [UInt8], mediaType: String) {
        let picture = specification.alpha == .flattened ? picture.flattened : picture
        let quality = specification.effectiveQuality
        // JPEG has no transparency.
        guard specification.format == .webp || picture.hasAlpha else {
            return (try jpeg(picture, quality: quality), RenditionInfo.jpeg)
        }
        return (try webP(picture, quality: quality), RenditionInfo.webP)
    }

    private static func jpeg(_ picture: Picture, quality: Int) throws(MediaFailure) -> [UInt8] {
        var count = 0
        let encoded = picture.pixels.withUnsafeBufferPointer { pixels in
            pixels.baseAddress.flatMap {
                satchel_jpeg_encode($0, Int32(picture.width), Int32(picture.height), Int32(quality), &count)
            }
        }
        guard let encoded else { throw failure }
        defer { free(encoded) }
        return [UInt8](UnsafeBufferPointer(start: encoded, count: count))
    }

    /// WebP, lossy, with the picture's transparency.
    static func webP(_ picture: Picture, quality: Int) throws(MediaFailure) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let (width, height) = (Int32(picture.width), Int32(picture.height))
        let count = picture.pixels.withUnsafeBufferPointer { pixels in
            picture.hasAlpha
                ? WebPEncodeRGBA(pixels.baseAddress, width, height, width * 4, Float(quality), &encoded)
                : WebPEncodeRGB(pixels.baseAddress, width, height, width * 3, Float(quality), &encoded)
        }
        guard count > 0, let encoded else { throw failure }
        defer { WebPFree(encoded) }
        return [UInt8](UnsafeBufferPointer(start: encoded, count: count))
    }

    private static var failure: MediaFailure { MediaFailure(.renderingFailed, "The picture cannot be encoded.") }
}
