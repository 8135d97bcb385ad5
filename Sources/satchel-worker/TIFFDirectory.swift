/// A directory of tags in TIFF's structure (TIFF 6.0, section 2; EXIF uses it too) or in BigTIFF's.
struct TIFFDirectory {
    /// Where it lies in the structure.
    private struct Entry {
        let type: Int
        let count: Int
        let offset: Int
    }

    /// The byte order and the width of offsets that hold for a whole structure.
    private struct Layout {
        let bigEndian: Bool
        let isBig: Bool
        var wordByteCount: Int { isBig ? 8 : 4 }
    }

    private static let maxEntries = 4_096
    private static let typeByteCounts = [1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4, 16: 8]

    private let tiff: ByteView
    private let layout: Layout
    private let entries: [Int: Entry]
    /// Where the next directory lies; 0 for none.
    private let nextOffset: Int

    /// The first directory of a structure; nil where it is broken.
    init?(_ tiff: ByteView) {
        let bigEndian: Bool
        if tiff.hasText("MM") {
            bigEndian = true
        } else if tiff.hasText("II") {
            bigEndian = false
        } else {
            return nil
        }
        let version = tiff.number(at: 2, count: 2, bigEndian: bigEndian)
        guard version == 42 || version == 43 else { return nil }
        let layout = Layout(bigEndian: bigEndian, isBig: version == 43)
        guard let first = Self.word(tiff, layout.isBig ? 8 : 4, layout) else { return nil }
        self.init(tiff, at: first, layout)
    }

    private init?(_ tiff: ByteView, at start: Int, _ layout: Layout) {
        let countByteCount = layout.isBig ? 8 : 2
        let entryByteCount = layout.isBig ? 20 : 12
        guard
            let count = layout.isBig
                ? Self.word(tiff, start, layout) : tiff.number(at: start, count: 2, bigEndian: layout.bigEndian)
        else { return nil }
        var entries: [Int: Entry] = [:]
        for index in 0..<min(count, Self.maxEntries) {
            let offset = start + countByteCount + index * entryByteCount
            guard let tag = tiff.number(at: offset, count: 2, bigEndian: layout.bigEndian),
                let type = tiff.number(at: offset + 2, count: 2, bigEndian: layout.bigEndian),
                let valueCount = Self.word(tiff, offset + 4, layout)
            else { break }
            // A value that fits stands in the place of its offset.
            let place = offset + 4 + layout.wordByteCount
            let (byteCount, overflows) = valueCount.multipliedReportingOverflow(by: Self.typeByteCounts[type] ?? 8)
            guard !overflows, let value = byteCount <= layout.wordByteCount ? place : Self.word(tiff, place, layout)
            else { continue }
            if entries[tag] == nil { entries[tag] = Entry(type: type, count: valueCount, offset: value) }
        }
        self.tiff = tiff
        self.layout = layout
        self.entries = entries
        nextOffset = Self.word(tiff, start + countByteCount + min(count, Self.maxEntries) * entryByteCount, layout) ?? 0
    }

    /// The directory behind this one; nil at the end.
    var next: TIFFDirectory? {
        nextOffset > 0 ? TIFFDirectory(tiff, at: nextOffset, layout) : nil
    }

    /// The directories that a tag points to, at most ten.
    func directories(_ tag: Int) -> [TIFFDirectory] {
        (0..<min(entries[tag]?.count ?? 0, 10))
            .compactMap { number(tag, at: $0) }
            .compactMap { TIFFDirectory(tiff, at: $0, layout) }
    }

    /// The directory has the tag.
    func has(_ tag: Int) -> Bool { entries[tag] != nil }

    /// A tag's number at an index; nil where there is none of a type for whole numbers.
    func number(_ tag: Int, at index: Int = 0) -> Int? {
        guard let entry = entries[tag], index < entry.count, entry.type != 2, let size = Self.typeByteCounts[entry.type]
        else { return nil }
        let offset = entry.offset + index * size
        return size == 8
            ? Self.word(tiff, offset, Layout(bigEndian: layout.bigEndian, isBig: true))
            : tiff.number(at: offset, count: size, bigEndian: layout.bigEndian)
    }

    /// A tag's text up to its first zero byte, at most 64 characters; nil where there is none.
    func text(_ tag: Int) -> String? {
        guard let entry = entries[tag], entry.type == 2 else { return nil }
        let bytes = tiff.view(at: entry.offset, count: min(entry.count, 64)).buffer.prefix { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A count or offset of the structure's width.
    private static func word(_ tiff: ByteView, _ offset: Int, _ layout: Layout) -> Int? {
        guard layout.isBig else { return tiff.number(at: offset, count: 4, bigEndian: layout.bigEndian) }
        // Seven of the eight bytes are more than any file has.
        let high = layout.bigEndian ? offset : offset + 7
        guard tiff.number(at: high, count: 1) == 0 else { return nil }
        return tiff.number(at: layout.bigEndian ? offset + 1 : offset, count: 7, bigEndian: layout.bigEndian)
    }
}
