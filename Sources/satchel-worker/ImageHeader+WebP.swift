extension ImageHeader {
    private static let maxChunks = 100_000

    /// WebP (RFC 9649): the size from VP8X, VP8L or VP8, the rest from the chunks behind it.
    init?(webP file: ByteView) {
        func little(_ offset: Int, _ count: Int) -> Int? { file.number(at: offset, count: count, bigEndian: false) }
        if file.hasText("VP8X", at: 12), let flags = little(20, 1), let width = little(24, 3),
            let height = little(27, 3)
        {
            self.init(.webp, width: width + 1, height: height + 1)
            hasAlpha = flags & 0x10 != 0
            isAnimated = flags & 0x02 != 0
        } else if file.hasText("VP8L", at: 12), let bits = little(21, 4) {
            self.init(.webp, width: (bits & 0x3FFF) + 1, height: ((bits >> 14) & 0x3FFF) + 1)
            hasAlpha = bits >> 28 & 1 != 0
        } else if file.hasText("VP8 ", at: 12), let width = little(26, 2), let height = little(28, 2) {
            self.init(.webp, width: width & 0x3FFF, height: height & 0x3FFF)
            hasAlpha = false
        } else {
            return nil
        }
        let frames = readChunks(file)
        if isAnimated { frameCount = frames }
    }

    /// Notes what EXIF tells; answers the number of frames.
    private mutating func readChunks(_ file: ByteView) -> Int {
        var offset = 12
        var frames = 0
        for _ in 0..<Self.maxChunks {
            guard let length = file.number(at: offset + 4, count: 4, bigEndian: false) else { break }
            if file.hasText("ANMF", at: offset) {
                frames += 1
            } else if file.hasText("EXIF", at: offset) {
                let content = file.view(at: offset + 8, count: length)
                // Some writers keep JPEG's prefix.
                let exif = ExifTags(content.hasText("Exif\0\0") ? content.view(at: 6) : content)
                orientation = exif?.orientation
                capturedAt = exif?.capturedAt
            }
            offset += length + (length & 1) + 8
        }
        return frames
    }

    /// The first chunk of a type; nil where there is none.
    static func webPChunk(_ type: String, of file: ByteView) -> ByteView? {
        var offset = 12
        for _ in 0..<maxChunks {
            guard let length = file.number(at: offset + 4, count: 4, bigEndian: false) else { break }
            if file.hasText(type, at: offset) { return file.view(at: offset + 8, count: length) }
            offset += length + (length & 1) + 8
        }
        return nil
    }
}
