import Media

/// Plans what goes from a PNG file (W3C PNG third edition, chapters 5 and 11): chunks as a whole, or places in them.
struct PNGStrip {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private struct Chunk {
        let type: [UInt8]
        /// From its length to its check; cut off where the file is.
        let range: Range<Int64>
        let content: Range<Int64>
        let isWhole: Bool

        /// Its first letter is a capital.
        var isCritical: Bool { type[0] & 0x20 == 0 }
        func has(_ name: String) -> Bool { type.elementsEqual(name.utf8) }
    }

    /// The ancillary chunks that tell how the picture is to be shown, animation included.
    private static let shown: Set<String> = [
        "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "mDCv", "cLLI", "cLLi", "bKGD", "hIST", "pHYs",
        "sPLT", "oFFs", "sTER", "acTL", "fcTL", "fdAT",
    ]
    private static let maxChunkCount = 1_000_000

    private let reader: StripReader
    private let mode: StripMode
    private(set) var edits = EditList()
    private(set) var kept = KeptFacts()
    private var hasExif = false

    init(_ source: any ByteSource, mode: StripMode) throws(StripError) {
        reader = StripReader(source: source)
        self.mode = mode
        var offset = Int64(Self.signature.count)
        var chunkCount = 0
        while let chunk = try chunk(at: offset) {
            chunkCount += 1
            guard chunkCount <= Self.maxChunkCount else {
                throw StripError(.tooComplex, "The PNG has too many chunks.")
            }
            guard chunkCount > 1 || chunk.has("IHDR") else {
                throw StripError(.malformed, "The PNG does not begin with its header.")
            }
            try take(chunk)
            offset = chunk.range.upperBound
            if chunk.has("IEND") { break }
        }
        try takeRest(offset..<reader.byteCount)
    }

    /// Nil at the end of the file, and where fewer bytes are left than a chunk has.
    private func chunk(at offset: Int64) throws(StripError) -> Chunk? {
        let header = try reader.bytes(at: offset, upTo: 8)
        guard header.count == 8, let length = header.unsigned(at: 0, 4) else { return nil }
        let type = [UInt8](header[4...])
        guard length <= Int64(Int32.max), type.allSatisfy({ (0x41...0x5A).contains($0 & ~0x20) }) else {
            throw StripError(.malformed, "A chunk of the PNG is none.")
        }
        let end = offset + 8 + length
        return Chunk(
            type: type,
            range: offset..<min(end + 4, reader.byteCount),
            content: offset + 8..<min(end, reader.byteCount),
            isWhole: end + 4 <= reader.byteCount
        )
    }

    private mutating func take(_ chunk: Chunk) throws(StripError) {
        if chunk.has("eXIf") {
            try takeExif(chunk)
        } else if chunk.isCritical || Self.shown.contains(String(decoding: chunk.type, as: UTF8.self)) {
            if chunk.has("iCCP") { kept.colorProfileByteCount += Int64(chunk.content.count) }
        } else if try takeOrientation(chunk) {
            try edits.replace(chunk.range, with: Self.chunk("eXIf", MinimalExif.tiff(orientation: kept.orientation)))
        } else if mode == .all || !chunk.isWhole {
            try edits.remove(chunk.range)
        } else {
            try freePlaces(of: chunk)
        }
    }

    /// The first one counts.
    private mutating func takeExif(_ chunk: Chunk) throws(StripError) {
        guard !hasExif, chunk.isWhole, Int64(chunk.content.count) <= StripReader.maxBlockByteCount,
            let tiff = TIFFBlock(try reader.bytes(chunk.content))
        else { return try edits.remove(chunk.range) }
        hasExif = true
        kept.orientation = tiff.orientation ?? 1
        let block = try reader.bytes(chunk.content)
        let least = MinimalExif.tiff(orientation: kept.orientation)
        if mode == .location {
            try change(chunk, block, into: tiff.withoutPlaces() ?? least)
        } else if kept.orientation == 1 {
            try edits.remove(chunk.range)
        } else {
            try change(chunk, block, into: least)
        }
    }

    /// Takes down the orientation that stands in XMP alone; true where the chunk goes and that has to stay.
    private mutating func takeOrientation(_ chunk: Chunk) throws(StripError) -> Bool {
        guard !hasExif, chunk.has("iTXt"), chunk.isWhole, Int64(chunk.content.count) <= StripReader.maxBlockByteCount,
            let orientation = XMPOrientation.value(inTextChunk: try reader.bytes(chunk.content)), orientation > 1,
            try !hasExif(after: chunk)
        else { return false }
        kept.orientation = orientation
        guard mode == .all else { return false }
        hasExif = true
        return true
    }

    private func hasExif(after chunk: Chunk) throws(StripError) -> Bool {
        var offset = chunk.range.upperBound
        for _ in 0..<Self.maxChunkCount {
            guard let next = try self.chunk(at: offset) else { return false }
            if next.has("eXIf") { return true }
            offset = next.range.upperBound
        }
        return false
    }

    private mutating func freePlaces(of chunk: Chunk) throws(StripError) {
        // What is compressed is not looked into here, and what is this large is no remark.
        let isOpaque = chunk.has("zTXt") || Int64(chunk.content.count) > StripReader.maxBlockByteCount
        guard !isOpaque else { return try edits.remove(chunk.range) }
        let content = try reader.bytes(chunk.content)
        if chunk.has("iTXt") {
            try freeText(chunk, content)
        } else if isPlace(content) {
            try edits.remove(chunk.range)
        }
    }

    /// A keyword and a zero, two bytes on compression, a language and a zero, a translated keyword and a zero, the text.
    private mutating func freeText(_ chunk: Chunk, _ content: [UInt8]) throws(StripError) {
        guard let keywordEnd = content.firstIndex(of: 0), content.unsigned(at: keywordEnd + 1, 1) == 0,
            let languageEnd = content[(keywordEnd + 2)...].dropFirst().firstIndex(of: 0),
            let translationEnd = content[(languageEnd + 1)...].firstIndex(of: 0)
        else { return try edits.remove(chunk.range) }
        if content.holds(XMPOrientation.keyword) {
            let packet = [UInt8](content[(translationEnd + 1)...])
            let freed = content[...translationEnd] + XMPPacket.withoutPlaces(packet)
            try change(chunk, content, into: [UInt8](freed))
        } else if isPlace(content) {
            try edits.remove(chunk.range)
        }
    }

    /// The keyword, which ends with a zero, or the text tells a place; or it is a profile in hexadecimal digits.
    private func isPlace(_ content: [UInt8]) -> Bool {
        LocationWords.isName(content.prefix { $0 != 0 }) || LocationWords.appear(in: content)
            || content.holds("Raw profile type ".utf8)
    }

    private mutating func takeRest(_ range: Range<Int64>) throws(StripError) {
        guard !range.isEmpty else { return }
        if mode == .all {
            try edits.remove(range)
        } else if try reader.tellsPlace(range) {
            try edits.remove(range)
        }
    }

    /// Gives a chunk another content, with its length and its check.
    private mutating func change(_ chunk: Chunk, _ old: [UInt8], into new: [UInt8]) throws(StripError) {
        guard new != old else { return }
        let bytes = Self.chunk(String(decoding: chunk.type, as: UTF8.self), new)
        guard new.count != old.count else {
            try edits.change(at: chunk.content.lowerBound, old, into: new)
            return try edits.replace(chunk.content.upperBound..<chunk.range.upperBound, with: [UInt8](bytes.suffix(4)))
        }
        try edits.replace(chunk.range, with: bytes)
    }

    /// A chunk, with its length and its check.
    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let typed = [UInt8](type.utf8) + content
        var check = CRC32()
        check.update(typed)
        return [UInt8](bigEndian: UInt32(truncatingIfNeeded: content.count)) + typed + [UInt8](bigEndian: check.value)
    }
}
