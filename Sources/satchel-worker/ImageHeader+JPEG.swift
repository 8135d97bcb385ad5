extension ImageHeader {
    /// JPEG (ITU T.81 B.1): segments up to the frame header; EXIF is in the first APP1 that starts so.
    init?(jpeg file: ByteView) {
        var exif: ExifTags?
        for segment in JPEGSegments(file) {
            if segment.marker == 0xE1, exif == nil, segment.content.hasText("Exif\0\0") {
                exif = ExifTags(segment.content.view(at: 6))
            }
            guard Self.isFrameHeader(segment.marker) else { continue }
            guard let depth = segment.content.number(at: 0, count: 1),
                let height = segment.content.number(at: 1, count: 2),
                let width = segment.content.number(at: 3, count: 2),
                let componentCount = segment.content.number(at: 5, count: 1)
            else { return nil }
            self.init(.jpeg, width: width, height: height)
            orientation = exif?.orientation
            capturedAt = exif?.capturedAt
            hasAlpha = false
            isUncommonJPEG = depth != 8 || ![0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(segment.marker)
            self.componentCount = componentCount
            return
        }
        return nil
    }

    /// The embedded profile (ICC.1, B.4), which large ones are cut into pieces for; empty where there is none.
    static func profile(ofJPEG file: ByteView) -> [UInt8] {
        var pieces: [Int: ByteView] = [:]
        for segment in JPEGSegments(file) where segment.marker == 0xE2 && segment.content.hasText("ICC_PROFILE\0") {
            // Behind the name the piece's number, from 1, and how many there are.
            if let number = segment.content.number(at: 12, count: 1) { pieces[number] = segment.content.view(at: 14) }
        }
        return pieces.sorted { $0.key < $1.key }.flatMap(\.value.bytes)
    }

    /// SOF0 to SOF15, between which lie DHT, JPG and DAC; and SOF55, that of JPEG-LS.
    private static func isFrameHeader(_ marker: Int) -> Bool {
        (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) || marker == 0xF7
    }
}
