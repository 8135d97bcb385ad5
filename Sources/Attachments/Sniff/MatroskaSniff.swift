import Glibc

/// Matroska and WebM, told apart by the document type in the EBML header (RFC 8794, RFC 9559).
enum MatroskaSniff {
    private enum Element {
        static let header: UInt64 = 0x1A45_DFA3
        static let documentType: UInt64 = 0x4282
        static let segment: UInt64 = 0x1853_8067
        static let tracks: UInt64 = 0x1654_AE6B
        static let trackEntry: UInt64 = 0xAE
        static let trackType: UInt64 = 0x83
    }

    /// So far tracks are looked for: writers leave some kilobytes before them, to be filled in later.
    private static let reach = 64 << 10

    /// What the tracks of a file make of it that was taken for a video; nil where it is none of this family.
    static func typeByTracks(of type: SniffedType, descriptor: Int32) -> SniffedType? {
        guard ["video/x-matroska", "video/webm"].contains(type.mediaType) else { return nil }
        var bytes = [UInt8](repeating: 0, count: reach)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        return sniff(SniffPrefix(Array(bytes.prefix(count)), limit: reach))
    }

    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        var reader = EBMLReader(prefix: prefix, range: 0..<prefix.count)
        guard let header = reader.next(), header.id == Element.header else { return nil }
        let documentType = first(Element.documentType, of: prefix, in: header.content)
            .flatMap {
                prefix.ascii(at: $0.content.lowerBound, byteCount: $0.content.count)
            }
        let subtype = documentType == "webm" ? "webm" : "x-matroska"
        guard let segment = reader.first(Element.segment),
            let tracks = first(Element.tracks, of: prefix, in: segment.content), tracks.isWhole
        else { return .video("video/\(subtype)") }
        let types = trackTypes(prefix, tracks.content)
        if types.isEmpty || types.contains(1) { return .video("video/\(subtype)") }
        // Neither picture nor sound: subtitles.
        return types.contains(2) ? .audio("audio/\(subtype)") : .document("video/\(subtype)")
    }

    private static func first(_ id: UInt64, of prefix: SniffPrefix, in range: Range<Int>) -> EBMLReader.Element? {
        var reader = EBMLReader(prefix: prefix, range: range)
        return reader.first(id)
    }

    /// 1 is video, 2 audio (RFC 9559 section 5.1.4.1.3).
    private static func trackTypes(_ prefix: SniffPrefix, _ range: Range<Int>) -> [UInt64] {
        var types: [UInt64] = []
        var entries = EBMLReader(prefix: prefix, range: range)
        while let entry = entries.first(Element.trackEntry) {
            if let type = first(Element.trackType, of: prefix, in: entry.content), type.content.count <= 8,
                let value = prefix.bigEndian(at: type.content.lowerBound, byteCount: type.content.count)
            {
                types.append(value)
            }
        }
        return types
    }
}

/// Reads EBML elements one after the other.
private struct EBMLReader {
    struct Element {
        let id: UInt64
        /// What of the content lies in the prefix.
        let content: Range<Int>
        /// Whether all of it does.
        let isWhole: Bool
    }

    let prefix: SniffPrefix
    var range: Range<Int>

    /// The first element with that id, and the reader moves behind it.
    mutating func first(_ id: UInt64) -> Element? {
        while let element = next() {
            if element.id == id { return element }
        }
        return nil
    }

    mutating func next() -> Element? {
        guard let id = number(at: range.lowerBound, keepsMarker: true),
            let size = number(at: range.lowerBound + id.byteCount, keepsMarker: false)
        else { return nil }
        let start = range.lowerBound + id.byteCount + size.byteCount
        guard start <= range.upperBound else { return nil }
        // All ones: a live stream's element, which lasts until its parent ends.
        let isUnknown = size.value == (1 << UInt64(7 * size.byteCount)) - 1
        let isWhole = !isUnknown && size.value <= UInt64(range.upperBound - start)
        let end = isWhole ? start + Int(size.value) : range.upperBound
        range = end..<range.upperBound
        return Element(id: id.value, content: start..<end, isWhole: isWhole)
    }

    /// A number of one to eight bytes whose leading zero bits tell its length.
    private func number(at offset: Int, keepsMarker: Bool) -> (value: UInt64, byteCount: Int)? {
        guard offset < range.upperBound, let first = prefix.byte(at: offset), first != 0 else { return nil }
        let byteCount = first.leadingZeroBitCount + 1
        guard let raw = prefix.bigEndian(at: offset, byteCount: byteCount) else { return nil }
        let marker: UInt64 = 1 << UInt64(7 * byteCount)
        return (keepsMarker ? raw : raw & (marker - 1), byteCount)
    }
}
