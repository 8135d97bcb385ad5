/// EXIF's TIFF structure (TIFF 6.0; CIPA DC-008, 4.6): read, and freed of places without a byte's moving.
struct TIFFBlock {
    private enum Tag {
        static let orientation: Int64 = 0x0112
        static let subdirectories: Int64 = 0x014A
        static let thumbnail: Int64 = 0x0201
        static let thumbnailByteCount: Int64 = 0x0202
        static let xmp: Int64 = 0x02BC
        static let iptc: Int64 = 0x83BB
        static let photoshop: Int64 = 0x8649
        static let exif: Int64 = 0x8769
        static let gps: Int64 = 0x8825
        static let interoperability: Int64 = 0xA005
    }

    private struct Entry {
        let tag: Int64
        let type: Int64
        let count: Int64
        /// Where its value lies; nil for a type of unknown size.
        let value: Range<Int>?
    }

    private struct Directory {
        let offset: Int
        let entries: [Entry]
        /// The offset of the next one; 0 for none.
        let next: Int64

        /// The count, the entries and the offset of the next directory.
        var range: Range<Int> { offset..<offset + 2 + 12 * entries.count + 4 }
    }

    private static let sizes: [Int64: Int64] = [
        1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    ]
    private static let maxDirectoryCount = 64
    private static let maxEntryCount: Int64 = 1_000
    /// The most entries of a GPS directory, and the most pointers and texts that are followed.
    private static let maxPlaceCount = 64
    private static let headerByteCount = 8

    private var bytes: [UInt8]
    private let isBigEndian: Bool
    private let first: Int64

    /// Nil for what does not begin like a TIFF structure.
    init?(_ bytes: [UInt8]) {
        guard bytes.holds("II".utf8) || bytes.holds("MM".utf8) else { return nil }
        isBigEndian = bytes.holds("MM".utf8)
        guard bytes.unsigned(at: 2, 2, bigEndian: isBigEndian) == 42,
            let first = bytes.unsigned(at: 4, 4, bigEndian: isBigEndian)
        else { return nil }
        self.first = first
        self.bytes = bytes
    }

    /// The orientation that the first directory tells, 1 to 8; nil where it tells none.
    var orientation: Int? {
        guard let directory = directory(at: first),
            let entry = directory.entries.first(where: { $0.tag == Tag.orientation }), entry.type == 3,
            let value = entry.value, let number = unsigned(value.lowerBound, 2), (1...8).contains(number)
        else { return nil }
        return Int(number)
    }

    /// The block without places, as long as before; nil where its structure is not sound enough to be sure of that.
    func withoutPlaces() -> [UInt8]? {
        guard let freed = freed(), let block = TIFFBlock(freed), block.orientation == orientation,
            block.freed() == freed
        else { return nil }
        return freed
    }

    private func freed() -> [UInt8]? {
        guard let directories = directories() else { return nil }
        let costly: Set<Int64> = [Tag.gps, Tag.xmp, Tag.iptc, Tag.photoshop, Tag.thumbnail]
        guard directories.flatMap(\.entries).count(where: { costly.contains($0.tag) }) <= Self.maxPlaceCount else {
            return nil
        }
        var result = self
        for directory in directories {
            for entry in directory.entries where entry.tag == Tag.gps {
                guard let offset = unsigned(entry, 0) else { return nil }
                guard result.erase(directoryAt: offset, besides: directories) else { return nil }
            }
            guard result.cleanTexts(of: directory) else { return nil }
        }
        for directory in directories { result.dropPointers(of: directory) }
        return result.bytes
    }

    // MARK: - Reading

    private func unsigned(_ offset: Int, _ byteCount: Int) -> Int64? {
        bytes.unsigned(at: offset, byteCount, bigEndian: isBigEndian)
    }

    /// One of an entry's numbers, for the types short, long and IFD.
    private func unsigned(_ entry: Entry, _ index: Int) -> Int64? {
        guard let size = Self.sizes[entry.type], [3, 4, 13].contains(entry.type), let value = entry.value else {
            return nil
        }
        let offset = value.lowerBound + index * Int(size)
        return offset < value.upperBound ? unsigned(offset, Int(size)) : nil
    }

    /// Nil where it does not fit.
    private func directory(at offset: Int64) -> Directory? {
        guard offset >= Int64(Self.headerByteCount), offset < Int64(bytes.count) else { return nil }
        let offset = Int(offset)
        guard let count = unsigned(offset, 2), count <= Self.maxEntryCount,
            offset + 2 + 12 * Int(count) <= bytes.count
        else { return nil }
        var entries: [Entry] = []
        for index in 0..<Int(count) {
            let place = offset + 2 + 12 * index
            guard let tag = unsigned(place, 2), let type = unsigned(place + 2, 2),
                let valueCount = unsigned(place + 4, 4)
            else { return nil }
            entries.append(
                Entry(tag: tag, type: type, count: valueCount, value: value(at: place + 8, type: type, valueCount))
            )
        }
        return Directory(offset: offset, entries: entries, next: unsigned(offset + 2 + 12 * Int(count), 4) ?? 0)
    }

    private func value(at place: Int, type: Int64, _ count: Int64) -> Range<Int>? {
        guard let size = Self.sizes[type] else { return nil }
        // At most 2^32 values of 8 bytes.
        let byteCount = size * count
        if byteCount <= 4 { return place..<place + Int(byteCount) }
        guard let offset = unsigned(place, 4), offset + byteCount <= Int64(bytes.count) else { return nil }
        return Int(offset)..<Int(offset + byteCount)
    }

    /// All directories but those of GPS; nil where one of them is broken.
    private func directories() -> [Directory]? {
        var found: [Directory] = []
        var offsets = [first]
        while let offset = offsets.popLast() {
            // Nothing is read from beyond the end, so nothing is told there.
            guard offset != 0, offset < Int64(bytes.count), !found.contains(where: { Int64($0.offset) == offset })
            else { continue }
            guard found.count < Self.maxDirectoryCount, let directory = directory(at: offset) else { return nil }
            found.append(directory)
            offsets.append(directory.next)
            for entry in directory.entries {
                switch entry.tag {
                case Tag.exif, Tag.interoperability, Tag.subdirectories:
                    guard entry.count <= Int64(Self.maxDirectoryCount) else { return nil }
                    offsets += (0..<Int(entry.count)).compactMap { unsigned(entry, $0) }
                default:
                    break
                }
            }
        }
        return found
    }

    // MARK: - Changing

    /// Erases a GPS directory and its values; false where that would touch anything else that is known.
    private mutating func erase(directoryAt offset: Int64, besides others: [Directory]) -> Bool {
        guard offset < Int64(bytes.count) else { return true }
        guard let directory = directory(at: offset), directory.entries.count <= Self.maxPlaceCount else { return false }
        var ranges = [directory.range.clamped(to: 0..<bytes.count)]
        for entry in directory.entries {
            guard let value = entry.value else { return false }
            if !directory.range.contains(value.lowerBound) { ranges.append(value) }
        }
        for range in ranges {
            guard range.lowerBound >= Self.headerByteCount || range.isEmpty,
                !others.contains(where: { $0.range.overlaps(range) })
            else { return false }
            erase(range)
        }
        return true
    }

    private mutating func erase(_ range: Range<Int>) {
        for index in range { bytes[index] = 0 }
    }

    /// Closes the gaps that the pointers to GPS leave in a directory; what becomes free at its end is zero.
    private mutating func dropPointers(of directory: Directory) {
        let kept = directory.entries.indices.filter { directory.entries[$0].tag != Tag.gps }
        guard kept.count < directory.entries.count else { return }
        let entries = kept.flatMap { index in
            let place = directory.offset + 2 + 12 * index
            return [UInt8](bytes[place..<place + 12])
        }
        let end = directory.range.upperBound - 4
        let next = bytes[min(end, bytes.count)..<min(end + 4, bytes.count)]
        let high = UInt8(truncatingIfNeeded: kept.count >> 8)
        let low = UInt8(truncatingIfNeeded: kept.count)
        let table = (isBigEndian ? [high, low] : [low, high]) + entries + next
        let range = directory.range.clamped(to: 0..<bytes.count)
        bytes.replaceSubrange(range, with: table + [UInt8](repeating: 0, count: range.count - table.count))
    }

    /// Frees the other metadata that a directory may hold of places; false where that cannot be told.
    private mutating func cleanTexts(of directory: Directory) -> Bool {
        for entry in directory.entries {
            switch entry.tag {
            case Tag.xmp, Tag.iptc, Tag.photoshop:
                guard let range = entry.value else { return false }
                // Some writers count IPTC in longs.
                let content = [UInt8](bytes[range])
                bytes.replaceSubrange(range, with: Self.withoutPlaces(content, tag: entry.tag))
            case Tag.thumbnail:
                guard let byteCount = directory.entries.first(where: { $0.tag == Tag.thumbnailByteCount }) else {
                    continue
                }
                guard let start = unsigned(entry, 0), let count = unsigned(byteCount, 0) else { return false }
                // A preview with metadata of its own is rare enough not to be kept.
                guard start < Int64(bytes.count) else { continue }
                let end = min(start + count, Int64(bytes.count))
                let preview = [UInt8](bytes[Int(start)..<Int(end)])
                guard !preview.contains(MinimalExif.prefix), !preview.contains(XMPPacket.namespace) else {
                    return false
                }
            default:
                break
            }
        }
        return true
    }

    private static func withoutPlaces(_ content: [UInt8], tag: Int64) -> [UInt8] {
        switch tag {
        case Tag.xmp: XMPPacket.withoutPlaces(content)
        case Tag.iptc: IPTCRecords.withoutPlaces(content)
        default: PhotoshopResources.withoutPlaces(content)
        }
    }
}
