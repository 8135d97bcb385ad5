import Media

/// Plans what goes from a JPEG file: from its image, and from whatever stands behind it.
///
/// Behind the first image a phone appends others (a second view, a gain map, CIPA DC-007) or a film (a motion photo).
struct JPEGFile {
    private let reader: StripReader
    private let mode: StripMode
    private(set) var edits: EditList
    let kept: KeptFacts

    init(_ source: any ByteSource, mode: StripMode) throws(StripError) {
        reader = StripReader(source: source)
        self.mode = mode
        let image = try JPEGStrip(reader, at: 0, mode: mode, edits: EditList())
        edits = image.edits
        kept = KeptFacts(orientation: image.orientation, colorProfileByteCount: image.colorProfileByteCount)
        if mode == .all {
            try edits.remove(image.end..<reader.byteCount)
        } else {
            try freeTrailer(from: image.end)
        }
    }

    /// Frees the images and the film that follow, zeros between them or none; nothing moves that they may be found by.
    ///
    /// What is not understood ends the list, and is blanked as a whole if it tells a place.
    private mutating func freeTrailer(from start: Int64) throws(StripError) {
        var offset = start
        while let next = try nextByte(from: offset) {
            if let film = try filmStart(at: next, notBefore: offset), try freeFilm(at: film) { return }
            guard let end = try freeImage(at: next) else {
                let rest = next..<reader.byteCount
                if try reader.tellsPlace(rest) { try edits.fill(rest) }
                return
            }
            offset = end
        }
    }

    /// Where the image ends; nil for none.
    private mutating func freeImage(at start: Int64) throws(StripError) -> Int64? {
        let header = try reader.bytes(at: start, upTo: 4)
        // A marker must follow: junk there would be blanked, and no image begin here any more.
        guard header.count == 4, header.holds([0xFF, 0xD8, 0xFF]), (1...0xFE).contains(header[3]) else { return nil }
        do throws(StripError) {
            let image = try JPEGStrip(reader, at: start, mode: mode, edits: edits)
            edits = image.edits
            return image.end
        } catch {
            guard error.reason == .malformed else { throw error }
            return nil
        }
    }

    /// A film lasts to the end of the file; false for none.
    private mutating func freeFilm(at start: Int64) throws(StripError) -> Bool {
        let film = SubSource(base: reader.source, range: start..<reader.byteCount)
        do throws(StripError) {
            edits = try ISOFile(film, mode: mode, edits: edits, at: start).edits
            return true
        } catch {
            guard error.reason == .malformed || error.reason == .unsupported else { throw error }
            return false
        }
    }

    /// Where a film begins whose first byte that is not zero is at an offset: some of its size may be zeros before that.
    private func filmStart(at offset: Int64, notBefore limit: Int64) throws(StripError) -> Int64? {
        for start in max(offset - 3, limit)...offset where try reader.bytes(at: start + 4, upTo: 4).holds("ftyp".utf8) {
            return start
        }
        return nil
    }

    /// The first byte that is not zero.
    private func nextByte(from start: Int64) throws(StripError) -> Int64? {
        var found: Int64?
        try reader.eachWindow(of: start..<reader.byteCount, overlap: 0) { offset, bytes in
            found = bytes.firstIndex { $0 != 0 }.map { offset + Int64($0) }
            return found == nil
        }
        return found
    }
}
