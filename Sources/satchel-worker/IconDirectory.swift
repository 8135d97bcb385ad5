/// The directory of a Windows icon file, and the best of the pictures in it.
struct IconDirectory {
    private static let maxEntries = 256

    /// The largest picture, of these the one with most colours: a PNG file, or a bitmap without its file header.
    let best: ByteView

    /// Nil where there is no picture in the file.
    init?(_ file: ByteView) {
        guard file.has([0, 0, 1, 0]), let count = file.number(at: 4, count: 2, bigEndian: false), count > 0 else {
            return nil
        }
        var best: (rank: Int, picture: ByteView)?
        for index in 0..<min(count, Self.maxEntries) {
            let entry = file.view(at: 6 + 16 * index, count: 16)
            guard let width = entry.number(at: 0, count: 1), let height = entry.number(at: 1, count: 1),
                entry.number(at: 3, count: 1) == 0,
                let bitCount = entry.number(at: 6, count: 2, bigEndian: false),
                let byteCount = entry.number(at: 8, count: 4, bigEndian: false),
                let offset = entry.number(at: 12, count: 4, bigEndian: false),
                offset < file.count
            else { continue }
            // A side of 256 is written as 0.
            let pixelCount = (width == 0 ? 256 : width) * (height == 0 ? 256 : height)
            let rank = pixelCount * 65_536 + bitCount
            let picture = file.view(at: offset, count: byteCount)
            // An icon in an icon is none: there would be no end to it.
            guard picture.has(ImageFormat.pngSignature) || Bitmap.isHeader(picture) else { continue }
            if best.map({ rank > $0.rank }) ?? true { best = (rank, picture) }
        }
        guard let best else { return nil }
        self.best = best.picture
    }
}
