import Media

/// Plans what goes from a WebP file (RFC 9649): chunks as a whole, or places in them.
struct WebPStrip {
    private struct Chunk {
        let name: String
        /// With its header and its padding.
        let range: Range<Int64>
        let content: Range<Int64>
    }

    private enum Flag {
        static let exif: UInt8 = 0x08
        static let xmp: UInt8 = 0x04
    }

    /// What shows the picture.
    private static let shown: Set<String> = ["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"]
    private static let maxChunkCount = 100_000
    private static let headerByteCount: Int64 = 12
    private static let frameHeaderByteCount = 16

    private let reader: StripReader
    private let mode: StripMode
    private(set) var edits = EditList()
    private(set) var kept = KeptFacts()
    /// Where the flags are.
    private var flags: Int64?
    private var hasExif = false
    private var hasXMP = false
    private var chunkCount = 0
    /// How many bytes the file loses inside its outermost chunk.
    private var lostByteCount: Int64 = 0

    init(_ source: any ByteSource, mode: StripMode) throws(StripError) {
        reader = StripReader(source: source)
        self.mode = mode
        let header = try reader.bytes(at: 0, upTo: Int(Self.headerByteCount))
        guard let size = header.unsigned(at: 4, 4, bigEndian: false), size >= 4 else {
            throw StripError(.malformed, "The WebP has no size.")
        }
        // A file may be cut off, or have more behind it than it says.
        let end = min(8 + size, reader.byteCount)
        var offset = Self.headerByteCount
        while let chunk = try chunk(at: offset, before: end) {
            try take(chunk)
            offset = chunk.range.upperBound
        }
        try takeRest(offset..<end, isInside: true)
        try takeRest(end..<reader.byteCount, isInside: false)
        try writeFlags()
        if lostByteCount != 0 {
            let newSize = UInt32(truncatingIfNeeded: size - lostByteCount)
            try edits.replace(4..<8, with: [UInt8]([UInt8](bigEndian: newSize).reversed()))
        }
    }

    /// Nil where fewer bytes are left than a chunk has.
    private mutating func chunk(at offset: Int64, before end: Int64) throws(StripError) -> Chunk? {
        guard end - offset >= 8 else { return nil }
        let header = try reader.bytes(offset..<offset + 8)
        guard let size = header.unsigned(at: 4, 4, bigEndian: false) else { return nil }
        chunkCount += 1
        guard chunkCount <= Self.maxChunkCount else { throw StripError(.tooComplex, "The WebP has too many chunks.") }
        let contentEnd = min(offset + 8 + size, end)
        return Chunk(
            name: String(decoding: header[..<4], as: UTF8.self),
            range: offset..<min(contentEnd + size % 2, end),
            content: offset + 8..<contentEnd
        )
    }

    private mutating func take(_ chunk: Chunk) throws(StripError) {
        switch chunk.name {
        case "VP8X": flags = chunk.content.isEmpty ? nil : chunk.content.lowerBound
        case "ICCP": kept.colorProfileByteCount += Int64(chunk.content.count)
        case "ANMF": try takeFrame(chunk)
        case "EXIF": try takeExif(chunk)
        case "XMP ": try takeXMP(chunk)
        case _ where Self.shown.contains(chunk.name): break
        default:
            if mode == .all {
                try remove(chunk)
            } else if try reader.tellsPlace(chunk.content) {
                try remove(chunk)
            }
        }
    }

    private mutating func remove(_ chunk: Chunk) throws(StripError) {
        try edits.remove(chunk.range)
        lostByteCount += Int64(chunk.range.count)
    }

    /// A frame holds chunks of its own; those that show nothing are blanked where they are.
    private mutating func takeFrame(_ frame: Chunk) throws(StripError) {
        var offset = frame.content.dropping(Self.frameHeaderByteCount).lowerBound
        while let chunk = try chunk(at: offset, before: frame.content.upperBound) {
            offset = chunk.range.upperBound
            guard !Self.shown.contains(chunk.name), try !reader.isFilled(chunk.content, with: 0) else { continue }
            if mode == .all {
                try edits.fill(chunk.content)
            } else if try reader.tellsPlace(chunk.content) {
                try edits.fill(chunk.content)
            }
        }
    }

    /// The first one counts; some writers keep JPEG's prefix in front of it.
    private mutating func takeExif(_ chunk: Chunk) throws(StripError) {
        guard !hasExif, Int64(chunk.content.count) <= StripReader.maxBlockByteCount else { return try remove(chunk) }
        let content = try reader.bytes(chunk.content)
        let prefix = content.holds(MinimalExif.prefix) ? MinimalExif.prefix : []
        guard let tiff = TIFFBlock([UInt8](content.dropFirst(prefix.count))) else { return try remove(chunk) }
        kept.orientation = tiff.orientation ?? 1
        let least = MinimalExif.tiff(orientation: kept.orientation)
        let freed = mode == .location ? tiff.withoutPlaces().map { prefix + $0 } ?? least : least
        guard mode == .location || kept.orientation != 1 else { return try remove(chunk) }
        hasExif = true
        guard freed.count != content.count else {
            return try edits.change(at: chunk.content.lowerBound, content, into: freed)
        }
        // The smallest block has an even number of bytes.
        let size = [UInt8](bigEndian: UInt32(truncatingIfNeeded: freed.count)).reversed()
        let replacement = [UInt8]("EXIF".utf8) + size + freed
        try edits.replace(chunk.range, with: replacement)
        lostByteCount += Int64(chunk.range.count - replacement.count)
    }

    private mutating func takeXMP(_ chunk: Chunk) throws(StripError) {
        guard mode == .location, !hasXMP, Int64(chunk.content.count) <= StripReader.maxBlockByteCount else {
            return try remove(chunk)
        }
        hasXMP = true
        let packet = try reader.bytes(chunk.content)
        try edits.change(at: chunk.content.lowerBound, packet, into: XMPPacket.withoutPlaces(packet))
    }

    private mutating func takeRest(_ range: Range<Int64>, isInside: Bool) throws(StripError) {
        guard !range.isEmpty else { return }
        if mode == .location {
            guard try reader.tellsPlace(range) else { return }
        }
        try edits.remove(range)
        if isInside { lostByteCount += Int64(range.count) }
    }

    /// The flags say which metadata there is.
    private mutating func writeFlags() throws(StripError) {
        guard let flags else { return }
        let old = try reader.bytes(flags..<flags + 1)
        var new = old[0] & ~(Flag.exif | Flag.xmp)
        if hasExif { new |= Flag.exif }
        if hasXMP { new |= Flag.xmp }
        try edits.change(at: flags, old, into: [new])
    }
}
