/// What a picture's header declares, read without a decoder: its stored size, to be judged before anything is decoded, and
/// how it is to be turned.
struct ImageHeader: Equatable {
    var width: Int
    var height: Int
    /// From EXIF; nil where the header has none or the format's is not read here.
    var orientation: Orientation?

    /// Reads the header of a JPEG, PNG, WebP, GIF or BMP file; nil for others.
    init?(_ file: FileBytes) {
        let start = file.read(at: 0, count: 64)
        if start.starts(with: [0xFF, 0xD8]) {
            self.init(jpeg: file)
        } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self.init(png: file, start)
        } else if start.hasText("RIFF"), start.hasText("WEBP", at: 8) {
            self.init(webP: file, start)
        } else if start.hasText("GIF8"), let width = start.number(at: 6, count: 2, bigEndian: false),
            let height = start.number(at: 8, count: 2, bigEndian: false)
        {
            self.init(width: width, height: height)
        } else if start.hasText("BM"), let width = start.number(at: 18, count: 4, bigEndian: false),
            let height = start.number(at: 22, count: 4, bigEndian: false)
        {
            // A negative height means rows from top to bottom.
            self.init(width: width, height: Int(Int32(truncatingIfNeeded: height).magnitude))
        } else {
            return nil
        }
    }

    init(width: Int, height: Int, orientation: Orientation? = nil) {
        self.width = width
        self.height = height
        self.orientation = orientation
    }

    /// More pixels than `limit`, counted in 64 bits.
    func exceeds(_ limit: Int64) -> Bool {
        let (pixels, overflows) = Int64(width).multipliedReportingOverflow(by: Int64(height))
        return overflows || pixels > limit
    }
}

extension ImageHeader {
    /// JPEG (ITU T.81 B.1): segments up to the frame header; EXIF is in the first APP1 that starts so.
    private init?(jpeg file: FileBytes) {
        var offset: Int64 = 2
        var orientation: Orientation?
        for _ in 0..<1_000 {
            let bytes = file.read(at: offset, count: 4_096)
            // Some writers leave junk between segments.
            let mark = bytes.indices.dropLast()
                .first { index in
                    bytes[index] == 0xFF && (0xC0...0xFE).contains(bytes[index + 1])
                }
            guard let mark else { return nil }
            offset += Int64(mark)
            let segment = file.read(at: offset, count: 16)
            guard segment.count >= 4, let length = segment.number(at: 2, count: 2) else { return nil }
            switch segment[1] {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = segment.number(at: 5, count: 2), let width = segment.number(at: 7, count: 2)
                else { return nil }
                self.init(width: width, height: height, orientation: orientation)
                return
            case 0xD0...0xD8:
                offset += 2
                continue
            case 0xD9, 0xDA:
                return nil
            case 0xE1 where orientation == nil && segment.hasText("Exif\0\0", at: 4):
                orientation = ExifOrientation.read(file.read(at: offset + 10, count: max(length - 8, 0)))
            default:
                break
            }
            offset += Int64(2 + max(length, 2))
        }
        return nil
    }

    /// PNG (third edition, 11.2.1 and 11.3.4.5): IHDR comes first, eXIf anywhere before the end.
    private init?(png file: FileBytes, _ start: [UInt8]) {
        guard start.hasText("IHDR", at: 12), let width = start.number(at: 16, count: 4),
            let height = start.number(at: 20, count: 4)
        else { return nil }
        self.init(width: width, height: height)
        var offset: Int64 = 8
        for _ in 0..<10_000 {
            let head = file.read(at: offset, count: 8)
            guard let length = head.number(at: 0, count: 4), head.count == 8, !head.hasText("IEND", at: 4) else {
                return
            }
            if head.hasText("eXIf", at: 4) {
                orientation = ExifOrientation.read(file.read(at: offset + 8, count: min(length, 65_536)))
                return
            }
            offset += Int64(length) + 12
        }
    }

    /// WebP (RFC 9649): the size from VP8X, VP8L or VP8, the orientation from an EXIF chunk.
    private init?(webP file: FileBytes, _ start: [UInt8]) {
        func little(_ offset: Int, _ count: Int) -> Int? { start.number(at: offset, count: count, bigEndian: false) }
        if start.hasText("VP8X", at: 12), let width = little(24, 3), let height = little(27, 3) {
            self.init(width: width + 1, height: height + 1)
        } else if start.hasText("VP8L", at: 12), let bits = little(21, 4) {
            self.init(width: (bits & 0x3FFF) + 1, height: ((bits >> 14) & 0x3FFF) + 1)
        } else if start.hasText("VP8 ", at: 12), let width = little(26, 2), let height = little(28, 2) {
            self.init(width: width & 0x3FFF, height: height & 0x3FFF)
        } else {
            return nil
        }
        var offset: Int64 = 12
        for _ in 0..<10_000 {
            let head = file.read(at: offset, count: 8)
            guard head.count == 8, let length = head.number(at: 4, count: 4, bigEndian: false) else { return }
            if head.hasText("EXIF") {
                let content = file.read(at: offset + 8, count: min(length, 65_536))
                // Some writers keep JPEG's prefix.
                orientation = ExifOrientation.read(
                    content.hasText("Exif\0\0") ? [UInt8](content.dropFirst(6)) : content
                )
                return
            }
            offset += Int64(length) + Int64(length & 1) + 8
        }
    }
}
