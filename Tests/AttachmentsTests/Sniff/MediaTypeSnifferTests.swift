import Testing

@testable import Attachments

struct MediaTypeSnifferTests {
    private func sniff(_ pieces: [UInt8]...) -> SniffedType? {
        MediaTypeSniffer.sniff(pieces.flatMap { $0 })
    }

    private func sniff(text: String) -> SniffedType? {
        MediaTypeSniffer.sniff(Array(text.utf8))
    }

    // MARK: - ISO media

    static let brands: [(String, SniffedType)] = [
        ("isom", .video("video/mp4")),
        ("mp42", .video("video/mp4")),
        ("XAVC", .video("video/mp4")),
        ("qt  ", .video("video/quicktime")),
        ("M4V ", .video("video/x-m4v")),
        ("M4A ", .audio("audio/mp4")),
        ("3gp5", .video("video/3gpp")),
        ("3g2a", .video("video/3gpp2")),
        ("heic", .image("image/heic")),
        ("avif", .image("image/avif")),
        ("avis", .image("image/avif")),
        ("mif1", .image("image/heif")),
        ("msf1", .image("image/heif-sequence")),
    ]

    @Test(arguments: MediaTypeSnifferTests.brands)
    func `the brand of an ISO media file tells its type`(brand: String, type: SniffedType) {
        #expect(sniff(fileType(brand)) == type)
    }

    @Test func `a compatible brand makes a generic one exact`() {
        #expect(sniff(fileType("mif1", "miaf", "avif")) == .image("image/avif"))
        #expect(sniff(fileType("msf1", "hevc")) == .image("image/heic-sequence"))
        #expect(sniff(fileType("    ", "heic")) == .image("image/heic"))
        #expect(sniff(fileType("    ")) == nil)
    }

    @Test(arguments: ["moov", "mdat", "wide", "free", "skip"])
    func `QuickTime without a file type is known by its first atom, text is not`(atom: String) {
        #expect(sniff(box(atom, [0, 0, 0, 0])) == .video("video/quicktime"))
        #expect(sniff(text: "Get \(atom) stuff") == .document("text/plain"))
    }

    @Test func `an MP4 whose whole index shows sound alone is audio`() {
        let type = fileType("isom")
        #expect(sniff(type, box("moov", track("soun"))) == .audio("audio/mp4"))
        #expect(sniff(type, box("moov", track("soun") + track("vide"))) == .video("video/mp4"))
        #expect(sniff(type, box("moov", track("text"))) == .video("video/mp4"))
        // The index goes on past the prefix: there may be a picture yet.
        let long = box("moov", track("soun") + [UInt8](repeating: 0, count: MediaTypeSniffer.prefixByteCount))
        #expect(sniff(type, long) == .video("video/mp4"))
    }

    @Test func `boxes with absurd sizes end the walk`() {
        let type = fileType("isom")
        for size in [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 7], [0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]] {
            #expect(sniff(type, size, Array("moov".utf8), [UInt8](repeating: 0xFF, count: 16)) == .video("video/mp4"))
        }
    }

    private func track(_ handler: String) -> [UInt8] {
        box("trak", box("mdia", box("hdlr", Array("\0\0\0\0\0\0\0\0\(handler)\0\0\0\0".utf8))))
    }

    private func fileType(_ major: String, _ compatible: String...) -> [UInt8] {
        box("ftyp", Array("\(major)\0\0\0\0\(compatible.joined())".utf8))
    }

    private func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let size = UInt32(8 + content.count)
        var bytes: [UInt8] = []
        for shift in [24, 16, 8, 0] as [UInt32] {
            bytes.append(UInt8(truncatingIfNeeded: size >> shift))
        }
        bytes += Array(type.utf8)
        bytes += content
        return bytes
    }

    // MARK: - Matroska and Ogg

    @Test func `the document type tells WebM from Matroska and the tracks tell sound from video`() {
        #expect(sniff(matroska("webm", trackTypes: [1, 2])) == .video("video/webm"))
        #expect(sniff(matroska("webm", trackTypes: [2])) == .audio("audio/webm"))
        #expect(sniff(matroska("matroska", trackTypes: [2, 1])) == .video("video/x-matroska"))
        #expect(sniff(matroska("matroska", trackTypes: [17])) == .document("video/x-matroska"))
        #expect(sniff(matroska("webm", trackTypes: [])) == .video("video/webm"))
        #expect(sniff(Array(matroska("webm", trackTypes: [2]).dropLast())) == .video("video/webm"))
    }

    /// A segment of unknown size, as recorders write it.
    private func matroska(_ documentType: String, trackTypes: [UInt8]) -> [UInt8] {
        let name = Array(documentType.utf8)
        var bytes: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3, 0x80 | UInt8(name.count + 3)]
        bytes += [0x42, 0x82, 0x80 | UInt8(name.count)]
        bytes += name
        bytes += [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        bytes += [0x16, 0x54, 0xAE, 0x6B, 0x80 | UInt8(trackTypes.count * 5)]
        for type in trackTypes {
            bytes += [0xAE, 0x83, 0x83, 0x81, type]
        }
        return bytes
    }

    @Test func `the codec headers in the first pages of an Ogg file tell sound from video`() {
        #expect(sniff(page(Array("OpusHead".utf8))) == .audio("audio/ogg"))
        #expect(sniff(page([1] + Array("vorbis".utf8)), page([0x80] + Array("theora".utf8))) == .video("video/ogg"))
        #expect(sniff(page(Array("fishead\0".utf8)), page([0x7F] + Array("FLAC".utf8))) == .audio("audio/ogg"))
        #expect(sniff(page(Array("unknown".utf8))) == .other("application/ogg"))
    }

    private func page(_ packet: [UInt8]) -> [UInt8] {
        var bytes = Array("OggS\0\u{2}".utf8)
        bytes += [UInt8](repeating: 0, count: 20)
        bytes += [1, UInt8(packet.count)]
        bytes += packet
        return bytes
    }

    // MARK: - Streams of frames

    @Test func `MPEG audio needs two frames that meet, or one that ends the file`() {
        let frame: [UInt8] = [0xFF, 0xFB, 0x90, 0x00] + [UInt8](repeating: 0, count: 413)
        #expect(sniff(frame, frame) == .audio("audio/mpeg"))
        #expect(sniff(frame) == .audio("audio/mpeg"))
        #expect(sniff(frame, [0, 0, 0, 0, 0]) == nil)
        #expect(sniff([0, 1, 2], frame, frame, frame) == .audio("audio/mpeg"))
        #expect(sniff([0, 1, 2], frame, [0]) == nil)
    }

    @Test func `ADTS is AAC, with a tag in front as well`() {
        let frame: [UInt8] = [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x9F, 0xFC, 0, 0, 0, 0, 0]
        #expect(sniff(frame, frame) == .audio("audio/aac"))
        let tag: [UInt8] = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 2, 0, 0]
        #expect(sniff(tag, frame, frame) == .audio("audio/aac"))
        #expect(sniff(tag, Array("fLaC".utf8)) == .audio("audio/flac"))
        #expect(sniff(tag, [0xFF, 0xFB, 0x90, 0x00]) == .audio("audio/mpeg"))
    }

    @Test func `a transport stream has a sync byte every 188 or 192 bytes`() {
        let packet: [UInt8] = [0x47] + [UInt8](repeating: 1, count: 187)
        #expect(sniff(packet, packet, packet) == .video("video/mp2t"))
        let timed: [UInt8] = [0, 0, 0, 0] + packet
        #expect(sniff(timed, timed, timed) == .video("video/mp2t"))
        #expect(sniff(packet, packet) == nil)
        let sentence = "G" + String(repeating: "o", count: 187)
        #expect(sniff(text: sentence + sentence + sentence) == .document("text/plain"))
    }

    // MARK: - Documents

    @Test func `a ZIP is typed by what is in it`() {
        #expect(sniff(zip("mimetype", "application/epub+zip"))?.mediaType == "application/epub+zip")
        let openDocument = "application/vnd.oasis.opendocument.text"
        #expect(sniff(zip("mimetype", openDocument), zip("x", "y"))?.mediaType == openDocument)
        #expect(sniff(zip("mimetype", "text/html"))?.mediaType == "application/zip")
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        #expect(sniff(zip("[Content_Types].xml", "x"), zip("xl/workbook.xml", "y"))?.mediaType == sheet)
        #expect(sniff(zip("photo.jpg", "x")) == .document("application/zip"))
        #expect(sniff([0x50, 0x4B, 5, 6], [UInt8](repeating: 0, count: 18)) == .document("application/zip"))
    }

    private func zip(_ name: String, _ content: String) -> [UInt8] {
        var bytes: [UInt8] = [0x50, 0x4B, 3, 4]
        bytes += [UInt8](repeating: 0, count: 22)
        bytes += [UInt8(name.utf8.count), 0, 0, 0]
        bytes += Array((name + content).utf8)
        return bytes
    }

    @Test(arguments: [
        ("<!DOCTYPE html><p>", "text/html"), ("  <HTML>", "text/html"), ("<script>x</script>", "text/html"),
        ("<!-- c --><body onload=x>", "text/html"), ("\u{FEFF}<html>", "text/html"),
        ("<?xml version='1.0'?><feed/>", "application/xml"), ("<?xml version='1.0'?><!-- cut", "application/xml"),
        ("<?xml version='1.0'?><MPD/>", "application/dash+xml"),
        ("#EXTM3U\nfile:///etc/passwd", "application/vnd.apple.mpegurl"),
        ("ffconcat version 1.0\nfile x", "text/plain"),
        ("WEBVTT\n\n", "text/vtt"), (" {\n \"a\": 1}", "application/json"), ("{}", "application/json"),
        ("{a} note", "text/plain"), ("<3 you", "text/plain"), ("<foo>", "text/plain"), ("<abc", "text/plain"),
        ("MZ is a sign", "text/plain"), ("BM too, and a long line of text", "text/plain"), ("naïve 日本", "text/plain"),
        ("{\\rtf1 x}", "application/rtf"), ("%PDF-1.7", "application/pdf"),
    ])
    func `text is told by how it begins`(text: String, mediaType: String) {
        #expect(sniff(text: text) == .document(mediaType))
    }

    @Test(arguments: [
        "<svg xmlns='x'/>", "<?xml version='1.0'?>\n<!-- c -->\n<svg:svg>",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a '>'>]><svg>", "<!DOCTYPE svg PUBLIC 'x' 'y'><svg>",
    ])
    func `SVG is told by its first element, and is not for the worker`(text: String) {
        #expect(sniff(text: text) == .image("image/svg+xml"))
        #expect(sniff(text: text)?.isProcessed == false)
    }

    @Test func `UTF-16 is text when its byte order mark says so`() {
        #expect(sniff([0xFF, 0xFE], "<svg>".utf16.flatMap { [UInt8($0), 0] }) == .image("image/svg+xml"))
        #expect(sniff([0xFE, 0xFF], "plain".utf16.flatMap { [0, UInt8($0)] }) == .document("text/plain"))
        #expect(sniff([0xFF, 0xFE], [1, 0, 2, 0]) == nil)
    }

    @Test func `text cut in mid-character by the end of the prefix is text`() {
        let long = Array(String(repeating: "x", count: MediaTypeSniffer.prefixByteCount - 1).utf8)
        #expect(sniff(long, Array("日本".utf8)) == .document("text/plain"))
        #expect(sniff([0x78, 0xE6]) == nil)
    }

    @Test func `a picture with markup in it is a picture`() {
        #expect(sniff([0xFF, 0xD8, 0xFF, 0xFE], Array("<html><script>".utf8)) == .image("image/jpeg"))
        #expect(sniff(Array("GIF89a<svg>".utf8)) == .image("image/gif"))
    }

    @Test func `nothing and noise have no type`() {
        #expect(sniff([]) == nil)
        #expect(sniff([0xFF]) == nil)
        #expect(sniff([0, 1, 2, 3, 0xFE, 0xFF]) == nil)
    }

    @Test func `no prefix of whatever length makes the sniffer fail`() {
        let starts: [[UInt8]] = [
            box("ftyp", Array("isom".utf8)), matroska("webm", trackTypes: [1]), page([1]),
            zip("mimetype", "application/"),
            [0x49, 0x49, 0x2A, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0xFF, 0xFF],
            Array("ID3".utf8) + [4, 0, 0, 127, 127, 127, 127], [0xFF, 0xFB, 0x90, 0], [0xFE, 0xFF, 0xD8],
            Array("<?xml <!doctype [".utf8), Array("BM".utf8) + [0, 0, 0, 0, 0, 0, 0, 0],
        ]
        for start in starts {
            for length in 0...start.count {
                _ = sniff(Array(start[..<length]))
                _ = sniff(Array(start[..<length]), [UInt8](repeating: 0xFF, count: 5000))
            }
        }
    }
}
