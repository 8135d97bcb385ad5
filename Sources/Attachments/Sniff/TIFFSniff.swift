/// TIFF, BigTIFF, and DNG, which is a TIFF whose first directory says so.
enum TIFFSniff {
    /// DNGVersion (Adobe DNG specification, chapter 4).
    private static let dngVersionTag: UInt64 = 0xC612

    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        if prefix.has([0x49, 0x49, 0x2A, 0], at: 0) {
            return isDNG(prefix, number: prefix.littleEndian) ? .image("image/x-adobe-dng") : .image("image/tiff")
        }
        if prefix.has([0x4D, 0x4D, 0, 0x2A], at: 0) {
            return isDNG(prefix, number: prefix.bigEndian) ? .image("image/x-adobe-dng") : .image("image/tiff")
        }
        if prefix.has([0x49, 0x49, 0x2B, 0], at: 0) || prefix.has([0x4D, 0x4D, 0, 0x2B], at: 0) {
            return .image("image/tiff")
        }
        return nil
    }

    private static func isDNG(
        _ prefix: SniffPrefix,
        number: (_ offset: Int, _ byteCount: Int) -> UInt64?
    ) -> Bool {
        guard let directory = number(4, 4), let count = number(Int(directory), 2) else { return false }
        return (0..<Int(count)).contains { number(Int(directory) + 2 + $0 * 12, 2) == dngVersionTag }
    }
}
