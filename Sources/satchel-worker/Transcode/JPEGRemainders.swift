import Media

/// What a JPEG file has beside its picture: segments that are neither of it nor notes about it, and whatever comes behind its end.
struct JPEGRemainders {
    private enum Marker {
        static let startOfScan: UInt8 = 0xDA
        static let endOfImage: UInt8 = 0xD9
        static let applications: ClosedRange<UInt8> = 0xE0...0xEF
    }

    /// How the segments of programs begin that describe the picture, by the marker's second byte: JFIF, EXIF and XMP, a profile,
    /// "save for the web", IPTC's notes, and Adobe's word on the colours.
    private static let notes: [UInt8: [String]] = [
        0xE0: ["JFIF\0", "JFXX\0"], 0xE1: ["Exif\0\0", xmp], 0xE2: ["ICC_PROFILE\0"], 0xEC: ["Ducky"],
        0xED: ["Photoshop 3.0\0"], 0xEE: ["Adobe"],
    ]
    private static let xmp = "http://ns.adobe.com/xap/1.0/\0"
    /// Further pictures behind the first (CIPA DC-007).
    private static let furtherPictures = "MPF\0"

    let found: Set<TranscodedStreams.Remainder>

    init(_ file: ByteView) {
        do throws(StripError) {
            found = try Self.remainders(of: file)
        } catch {
            // A decoder may find its way through it; nobody can tell what it passes over.
            found = [.unread]
        }
    }

    private static func remainders(of file: ByteView) throws(StripError) -> Set<TranscodedStreams.Remainder> {
        var found: Set<TranscodedStreams.Remainder> = []
        let reader = StripReader(source: ViewSource(file))
        var walk = try JPEGWalk(reader, at: 0)
        var hasEnd = false
        while let part = try walk.next() {
            switch part {
            case .segment(let marker, _, let payload):
                guard Marker.applications.contains(marker) else { continue }
                let content = file.view(at: Int(payload.lowerBound), count: payload.count)
                found.formUnion(remainders(in: content, of: marker))
            case .mark(let marker, _): hasEnd = hasEnd || marker == Marker.endOfImage
            case .scan: break
            case .junk: found.insert(.unread)
            }
        }
        if !hasEnd { found.insert(.unread) }
        // Some cameras fill the file up.
        if try !reader.isFilled(walk.offset..<Int64(file.count), with: 0) { found.insert(.unread) }
        return found
    }

    private static func remainders(in content: ByteView, of marker: UInt8) -> Set<TranscodedStreams.Remainder> {
        if content.hasText(furtherPictures) { return [.pictures] }
        guard notes[marker]?.contains(where: { content.hasText($0) }) == true else { return [.unread] }
        return content.hasText(xmp) ? PictureNotes.remainders(in: content) : []
    }
}

/// A file in memory, for who reads it in pieces.
private struct ViewSource: ByteSource {
    private let file: ByteView

    init(_ file: ByteView) {
        self.file = file
    }

    var byteCount: Int64 { Int64(file.count) }

    func read(at offset: Int64, count: Int) -> [UInt8] { file.view(at: Int(offset), count: count).bytes }
}
