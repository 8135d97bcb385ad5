extension ImageHeader {
    private static let maxChunks = 100_000

    /// PNG (third edition): IHDR comes first; eXIf and texts may be anywhere, all else that counts here is before IDAT.
    init?(png file: ByteView) {
        guard file.hasText("IHDR", at: 12), let width = file.number(at: 16, count: 4),
            let height = file.number(at: 20, count: 4), let colorType = file.number(at: 25, count: 1)
        else { return nil }
        self.init(.png, width: width, height: height)
        hasAlpha = colorType & 4 != 0
        var offset = 8
        for _ in 0..<Self.maxChunks {
            guard let length = file.number(at: offset, count: 4), !file.hasText("IEND", at: offset + 4) else { return }
            readChunk(file.view(at: offset + 4, count: 4), file.view(at: offset + 8, count: length))
            offset += length + 12
        }
    }

    private mutating func readChunk(_ type: ByteView, _ content: ByteView) {
        if type.hasText("eXIf") {
            let exif = ExifTags(content)
            orientation = exif?.orientation ?? orientation
            capturedAt = exif?.capturedAt
        } else if type.hasText("iTXt") {
            // What EXIF says counts more.
            let number = XMPOrientation.value(inTextChunk: content.buffer)
            orientation = orientation ?? number.flatMap { Orientation(exif: $0) }
        } else if type.hasText("tRNS") {
            hasAlpha = true
        } else if type.hasText("acTL"), let count = content.number(at: 0, count: 4), count > 1 {
            isAnimated = true
            frameCount = count
        } else if type.hasText("cICP"), let primaries = content.number(at: 0, count: 1),
            let transfer = content.number(at: 1, count: 1)
        {
            color = CodedColor(primaries: primaries, transfer: transfer)
        }
    }
}
