extension ImageHeader {
    private enum Tag {
        static let subfileType = 0x00FE
        static let width = 0x0100
        static let height = 0x0101
        static let orientation = 0x0112
        static let subdirectories = 0x014A
        static let extraSamples = 0x0152
        static let dngVersion = 0xC612
    }

    /// TIFF 6.0: the first page counts.
    ///
    /// Of a raw photograph (DNG) the photograph counts, which may lie below a preview.
    init?(tiff file: ByteView) {
        guard let first = TIFFDirectory(file) else { return nil }
        let isRaw = first.has(Tag.dngVersion)
        let pages = isRaw ? [first] + first.directories(Tag.subdirectories) : [first]
        let page = pages.first { $0.number(Tag.subfileType) ?? 0 == 0 } ?? first
        guard let width = page.number(Tag.width), let height = page.number(Tag.height) else { return nil }
        self.init(.tiff, width: width, height: height)
        let exif = ExifTags(file)
        orientation = exif?.orientation
        capturedAt = exif?.capturedAt
        // Of the extra samples, 1 and 2 are transparency, with and without the colours multiplied by it.
        hasAlpha = [1, 2].contains(page.number(Tag.extraSamples))
        if isRaw { obstacle = "Raw photographs are not developed here." }
    }
}
