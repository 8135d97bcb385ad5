/// The smallest EXIF block: the orientation and nothing else (TIFF 6.0; CIPA DC-008, 4.6.4).
enum MinimalExif {
    /// What stands before the block in a JPEG's segment.
    static let prefix = [UInt8]("Exif\0\0".utf8)

    static func tiff(orientation: Int) -> [UInt8] {
        // Big-endian, its directory at 8, one entry: tag 0x0112, a short, one of them; no next directory.
        [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1]
            + [0, UInt8(truncatingIfNeeded: orientation), 0, 0, 0, 0, 0, 0]
    }

    /// The block in so many bytes, zeros behind it; nil where it does not fit.
    static func tiff(orientation: Int, filling byteCount: Int) -> [UInt8]? {
        let block = tiff(orientation: orientation)
        guard block.count <= byteCount else { return nil }
        return block + [UInt8](repeating: 0, count: byteCount - block.count)
    }

    /// A JPEG's APP1 segment with the block.
    static func segment(orientation: Int) -> [UInt8] {
        let payload = prefix + tiff(orientation: orientation)
        return [0xFF, 0xE1, 0, UInt8(truncatingIfNeeded: payload.count + 2)] + payload
    }
}
