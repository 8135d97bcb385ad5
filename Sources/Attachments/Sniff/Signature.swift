/// Fixed bytes at fixed offsets that tell a format.
struct Signature {
    /// Bytes at an offset.
    struct Mark {
        let offset: Int
        let bytes: [UInt8]

        init(_ offset: Int, _ bytes: [UInt8]) {
            self.offset = offset
            self.bytes = bytes
        }

        init(_ offset: Int, ascii: String) {
            self.init(offset, Array(ascii.utf8))
        }
    }

    let type: SniffedType
    let marks: [Mark]

    init(_ type: SniffedType, _ marks: Mark...) {
        self.type = type
        self.marks = marks
    }

    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        for table in [images, videos, sounds, documents, programs] {
            if let found = table.first(where: { $0.matches(prefix) }) { return found.type }
        }
        return nil
    }

    /// Two or three bytes that text may begin with as well.
    static func sniffWeak(_ prefix: SniffPrefix) -> SniffedType? {
        if isBitmap(prefix) { return .image("image/bmp") }
        if isIcon(prefix) { return .image("image/vnd.microsoft.icon") }
        return weakSigns.first { $0.matches(prefix) }?.type
    }

    private func matches(_ prefix: SniffPrefix) -> Bool {
        marks.allSatisfy { prefix.has($0.bytes, at: $0.offset) }
    }

    /// A file header with its reserved field zero and a DIB header of a known size.
    private static func isBitmap(_ prefix: SniffPrefix) -> Bool {
        guard prefix.has("BM", at: 0), prefix.littleEndian(at: 6, byteCount: 4) == 0,
            let headerByteCount = prefix.littleEndian(at: 14, byteCount: 4)
        else { return false }
        return [12, 16, 40, 52, 56, 64, 108, 124].contains(headerByteCount)
    }

    /// A directory of at least one icon whose first entry has its reserved byte zero.
    private static func isIcon(_ prefix: SniffPrefix) -> Bool {
        guard prefix.has([0, 0, 1, 0], at: 0), let count = prefix.littleEndian(at: 4, byteCount: 2) else {
            return false
        }
        return (1...255).contains(count) && prefix.byte(at: 9) == 0
    }

    private static let images: [Signature] = [
        Signature(.image("image/jpeg"), Mark(0, [0xFF, 0xD8, 0xFF])),
        Signature(.image("image/png"), Mark(0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])),
        Signature(.image("image/gif"), Mark(0, ascii: "GIF87a")),
        Signature(.image("image/gif"), Mark(0, ascii: "GIF89a")),
        Signature(.image("image/webp"), Mark(0, ascii: "RIFF"), Mark(8, ascii: "WEBP")),
        Signature(.image("image/jxl"), Mark(0, [0xFF, 0x0A])),
        Signature(.image("image/jxl"), Mark(0, [0, 0, 0, 12]), Mark(4, ascii: "JXL \r\n"), Mark(10, [0x87, 0x0A])),
        Signature(.image("image/jp2"), Mark(0, [0, 0, 0, 12]), Mark(4, ascii: "jP  \r\n"), Mark(10, [0x87, 0x0A])),
        Signature(.image("image/j2c"), Mark(0, [0xFF, 0x4F, 0xFF, 0x51])),
        Signature(.image("image/vnd.adobe.photoshop"), Mark(0, ascii: "8BPS"), Mark(4, [0])),
    ]

    private static let videos: [Signature] = [
        Signature(.video("video/x-msvideo"), Mark(0, ascii: "RIFF"), Mark(8, ascii: "AVI ")),
        Signature(.video("video/x-flv"), Mark(0, ascii: "FLV"), Mark(3, [1])),
        Signature(.video("video/mpeg"), Mark(0, [0, 0, 1, 0xBA])),
        Signature(.video("video/mpeg"), Mark(0, [0, 0, 1, 0xB3])),
    ]

    private static let sounds: [Signature] = [
        Signature(.audio("audio/wav"), Mark(0, ascii: "RIFF"), Mark(8, ascii: "WAVE")),
        Signature(.audio("audio/wav"), Mark(0, ascii: "RF64"), Mark(8, ascii: "WAVE")),
        Signature(.audio("audio/wav"), Mark(0, ascii: "BW64"), Mark(8, ascii: "WAVE")),
        Signature(.audio("audio/midi"), Mark(0, ascii: "RIFF"), Mark(8, ascii: "RMID")),
        Signature(.audio("audio/midi"), Mark(0, ascii: "MThd"), Mark(4, [0, 0, 0, 6])),
        Signature(.audio("audio/flac"), Mark(0, ascii: "fLaC")),
        Signature(.audio("audio/amr-wb"), Mark(0, ascii: "#!AMR-WB\n")),
        Signature(.audio("audio/amr"), Mark(0, ascii: "#!AMR")),
        Signature(.audio("audio/aiff"), Mark(0, ascii: "FORM"), Mark(8, ascii: "AIFF")),
        Signature(.audio("audio/aiff"), Mark(0, ascii: "FORM"), Mark(8, ascii: "AIFC")),
        Signature(.audio("audio/x-caf"), Mark(0, ascii: "caff"), Mark(4, [0])),
        Signature(.audio("audio/basic"), Mark(0, ascii: ".snd"), Mark(4, [0])),
    ]

    private static let documents: [Signature] = [
        Signature(.document("application/pdf"), Mark(0, ascii: "%PDF-")),
        Signature(.document("application/postscript"), Mark(0, ascii: "%!PS")),
        Signature(.document("application/rtf"), Mark(0, ascii: "{\\rtf")),
        Signature(.document(TypeFamily.oleBase), Mark(0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])),
        Signature(.document("application/gzip"), Mark(0, [0x1F, 0x8B, 0x08])),
        Signature(.document("application/x-7z-compressed"), Mark(0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])),
        Signature(.document("application/vnd.rar"), Mark(0, ascii: "Rar!"), Mark(4, [0x1A, 0x07])),
        Signature(.document("application/x-xz"), Mark(0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])),
        Signature(.document("application/zstd"), Mark(0, [0x28, 0xB5, 0x2F, 0xFD])),
        Signature(.document("application/x-tar"), Mark(257, ascii: "ustar")),
    ]

    private static let programs: [Signature] = [
        Signature(.other("application/x-elf"), Mark(0, [0x7F, 0x45, 0x4C, 0x46])),
        Signature(.other("application/java-vm"), Mark(0, [0xCA, 0xFE, 0xBA, 0xBE])),
        Signature(.other("application/x-mach-binary"), Mark(0, [0xCF, 0xFA, 0xED, 0xFE])),
        Signature(.other("application/x-mach-binary"), Mark(0, [0xCE, 0xFA, 0xED, 0xFE])),
        Signature(.other("application/wasm"), Mark(0, [0, 0x61, 0x73, 0x6D])),
        Signature(.other("application/vnd.sqlite3"), Mark(0, ascii: "SQLite format 3"), Mark(15, [0])),
        Signature(.other("font/woff"), Mark(0, ascii: "wOFF"), Mark(4, [0])),
        Signature(.other("font/woff2"), Mark(0, ascii: "wOF2"), Mark(4, [0])),
    ]

    private static let weakSigns: [Signature] = [
        Signature(.other("application/vnd.microsoft.portable-executable"), Mark(0, ascii: "MZ")),
        Signature(.document("application/x-bzip2"), Mark(0, ascii: "BZh")),
    ]
}
