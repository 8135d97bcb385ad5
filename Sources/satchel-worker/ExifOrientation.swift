/// The orientation in EXIF's TIFF structure (CIPA DC-008, 4.6.4 tag 0x0112).
enum ExifOrientation {
    private static let tag = 0x0112
    private static let shortType = 3

    /// The orientation that IFD0 declares; nil where there is none or the structure is broken.
    static func read(_ tiff: [UInt8]) -> Orientation? {
        let bigEndian: Bool
        if tiff.hasText("MM") {
            bigEndian = true
        } else if tiff.hasText("II") {
            bigEndian = false
        } else {
            return nil
        }
        guard tiff.number(at: 2, count: 2, bigEndian: bigEndian) == 42,
            let directory = tiff.number(at: 4, count: 4, bigEndian: bigEndian),
            let entryCount = tiff.number(at: directory, count: 2, bigEndian: bigEndian)
        else { return nil }
        for index in 0..<entryCount {
            let entry = directory + 2 + 12 * index
            guard let found = tiff.number(at: entry, count: 2, bigEndian: bigEndian) else { return nil }
            guard found == tag else { continue }
            guard tiff.number(at: entry + 2, count: 2, bigEndian: bigEndian) == shortType,
                let number = tiff.number(at: entry + 8, count: 2, bigEndian: bigEndian)
            else { return nil }
            return Orientation(exif: number)
        }
        return nil
    }
}
