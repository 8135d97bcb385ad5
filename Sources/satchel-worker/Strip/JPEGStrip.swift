import Media

/// Plans what goes from one JPEG image.
///
/// Before the first scan, segments are left out as a whole where all metadata goes. Behind it, and where only places go,
/// they are blanked instead: nothing moves that another part of the file may point to, and no decoder finds itself
/// reading something else after a damaged scan.
struct JPEGStrip {
    private enum Marker {
        static let startOfScan: UInt8 = 0xDA
        static let comment: UInt8 = 0xFE
        static let applications: ClosedRange<UInt8> = 0xE0...0xEF
    }

    private enum Kind {
        case exif, xmp, photoshop, colorProfile
        /// What a decoder needs: JFIF's and AVI's marks, Adobe's colour transform, SPIFF's header.
        case decoding
        case other
    }

    private let reader: StripReader
    private let mode: StripMode
    private var hasScan = false
    private var hasExif = false
    /// Payloads of the parts of an extended packet, which may begin and end anywhere in its text.
    private var extendedPackets: [Range<Int64>] = []

    private(set) var edits: EditList
    /// The orientation that decoders find; 1 where there is none.
    private(set) var orientation = 1
    private(set) var colorProfileByteCount: Int64 = 0
    /// Behind the EOI.
    private(set) var end: Int64 = 0

    init(_ reader: StripReader, at start: Int64, mode: StripMode, edits: EditList) throws(StripError) {
        self.reader = reader
        self.mode = mode
        self.edits = edits
        try findOrientation(from: start)
        var walk = try JPEGWalk(reader, at: start)
        while let part = try walk.next() {
            switch part {
            case .segment(let marker, let range, let payload): try take(marker, range, payload)
            case .junk(let range): try takeJunk(range)
            case .mark, .scan: break
            }
        }
        end = walk.offset
        guard hasScan else { throw StripError(.malformed, "The JPEG has no picture.") }
        try endExtendedPackets()
    }

    /// The first EXIF segment that tells one counts, as it does for decoders.
    private mutating func findOrientation(from start: Int64) throws(StripError) {
        var walk = try JPEGWalk(reader, at: start)
        while let part = try walk.next() {
            guard case .segment(let marker, _, let payload) = part else { continue }
            if marker == Marker.startOfScan { return }
            guard marker == 0xE1, try kind(marker, payload) == .exif else { continue }
            let block = try reader.bytes(payload.dropping(MinimalExif.prefix.count))
            if let found = TIFFBlock(block)?.orientation {
                orientation = found
                return
            }
        }
    }

    private mutating func take(_ marker: UInt8, _ range: Range<Int64>, _ payload: Range<Int64>) throws(StripError) {
        if marker == Marker.startOfScan { hasScan = true }
        guard Marker.applications.contains(marker) || marker == Marker.comment else { return }
        let kind = try kind(marker, payload)
        switch kind {
        case .colorProfile:
            colorProfileByteCount += Int64(payload.count)
        case .decoding:
            break
        case .exif where mode == .all && !hasScan && !hasExif:
            hasExif = true
            try replaceExif(range)
        default:
            if mode == .all {
                try dispose(of: range, payload)
            } else {
                try free(kind, payload)
            }
        }
    }

    // MARK: - All metadata

    private mutating func replaceExif(_ range: Range<Int64>) throws(StripError) {
        guard orientation != 1 else { return try edits.remove(range) }
        let segment = MinimalExif.segment(orientation: orientation)
        if range.count == segment.count {
            try edits.change(at: range.lowerBound, try reader.bytes(range), into: segment)
        } else {
            try edits.replace(range, with: segment)
        }
    }

    private mutating func dispose(of range: Range<Int64>, _ payload: Range<Int64>) throws(StripError) {
        guard hasScan else { return try edits.remove(range) }
        try blank(payload)
    }

    private mutating func takeJunk(_ range: Range<Int64>) throws(StripError) {
        if mode == .all {
            try dispose(of: range, range)
        } else if try reader.tellsPlace(range) {
            try blank(range)
        }
    }

    // MARK: - Places

    private mutating func free(_ kind: Kind, _ payload: Range<Int64>) throws(StripError) {
        switch kind {
        case .exif:
            try freeExif(payload)
        case .xmp:
            let content = payload.dropping(JPEGStrip.xmpPrefix.count)
            let packet = try reader.bytes(content)
            try edits.change(at: content.lowerBound, packet, into: XMPPacket.withoutPlaces(packet))
        case .photoshop:
            let content = payload.dropping(PhotoshopResources.prefix.count)
            let resources = try reader.bytes(content)
            try edits.change(at: content.lowerBound, resources, into: PhotoshopResources.withoutPlaces(resources))
        default:
            if try reader.bytes(at: payload.lowerBound, upTo: 64).holds(JPEGStrip.extensionPrefix) {
                extendedPackets.append(payload)
            } else if try reader.tellsPlace(payload) {
                try blank(payload)
            }
        }
    }

    private mutating func freeExif(_ payload: Range<Int64>) throws(StripError) {
        let content = payload.dropping(MinimalExif.prefix.count)
        let block = try reader.bytes(content)
        guard let tiff = TIFFBlock(block) else { return try blank(payload) }
        if let freed = tiff.withoutPlaces() {
            try edits.change(at: content.lowerBound, block, into: freed)
        } else if let told = tiff.orientation, let least = MinimalExif.tiff(orientation: told, filling: block.count) {
            try edits.change(at: content.lowerBound, block, into: least)
        } else {
            // Not the smallest block with the usual orientation: a block behind this one may tell another.
            try blank(payload)
        }
    }

    /// An extended packet goes as a whole: its parts cut words in two, and its digest would no longer hold.
    private mutating func endExtendedPackets() throws(StripError) {
        var text: [UInt8] = []
        // Each part begins with a digest, the whole length and an offset.
        for payload in extendedPackets where text.count < Int(StripReader.maxBlockByteCount) {
            text += try reader.bytes(payload.dropping(JPEGStrip.extensionPrefix.count + 40))
        }
        let isTooLong = text.count >= Int(StripReader.maxBlockByteCount)
        guard isTooLong || XMPPacket.withoutPlaces(text) != text || LocationWords.appear(in: text) else { return }
        for payload in extendedPackets { try blank(payload) }
    }

    private mutating func blank(_ range: Range<Int64>) throws(StripError) {
        guard try !reader.isFilled(range, with: 0) else { return }
        try edits.fill(range)
    }

    // MARK: - Kinds

    private static let xmpPrefix = [UInt8]("http://ns.adobe.com/xap/1.0/\0".utf8)
    private static let extensionPrefix = [UInt8]("http://ns.adobe.com/xmp/extension/\0".utf8)
    private static let prefixes: [(marker: UInt8, prefix: [UInt8], kind: Kind)] = [
        (0xE0, [UInt8]("JFIF\0".utf8), .decoding),
        (0xE0, [UInt8]("AVI1".utf8), .decoding),
        (0xE1, MinimalExif.prefix, .exif),
        (0xE1, xmpPrefix, .xmp),
        (0xE2, [UInt8]("ICC_PROFILE\0".utf8), .colorProfile),
        (0xE8, [UInt8]("SPIFF\0".utf8), .decoding),
        (0xED, PhotoshopResources.prefix, .photoshop),
        (0xEE, [UInt8]("Adobe".utf8), .decoding),
    ]

    private func kind(_ marker: UInt8, _ payload: Range<Int64>) throws(StripError) -> Kind {
        let start = try reader.bytes(at: payload.lowerBound, upTo: min(Int(payload.count), 64))
        return Self.prefixes.first { $0.marker == marker && start.holds($0.prefix) }?.kind ?? .other
    }
}

extension Range<Int64> {
    /// The range without so many of its first elements.
    func dropping(_ count: Int) -> Range<Int64> {
        Swift.min(lowerBound + Int64(count), upperBound)..<upperBound
    }
}
