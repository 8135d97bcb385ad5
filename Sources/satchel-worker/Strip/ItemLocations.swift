/// Where the bytes of a file's items lie (ISO/IEC 14496-12, 8.11.3).
struct ItemLocations {
    private struct Item {
        let id: Int64
        let extents: [Range<Int64>]
        /// In this file, and told by offsets that are understood here.
        let isKnown: Bool
    }

    private var items: [Item] = []

    /// `data` is the content of the box that items of the second construction method lie in.
    init(_ reader: StripReader, _ box: ISOBox?, data: Range<Int64>?) throws(StripError) {
        guard let box else { return }
        var table = ByteCursor(try reader.bytes(box.content))
        let version = try table.number(1)
        _ = try table.number(3)
        let widths = try table.number(2)
        let (offsetWidth, lengthWidth) = (Int(widths >> 12), Int(widths >> 8 & 15))
        let (baseWidth, indexWidth) = (Int(widths >> 4 & 15), version == 0 ? 0 : Int(widths & 15))
        guard version <= 2, [offsetWidth, lengthWidth, baseWidth, indexWidth].allSatisfy({ [0, 4, 8].contains($0) })
        else { throw StripError(.unsupported, "The places of items are told in an unknown way.") }
        for _ in 0..<(try table.number(version == 2 ? 4 : 2)) {
            let id = try table.number(version == 2 ? 4 : 2)
            let method = version == 0 ? 0 : try table.number(2) & 15
            let reference = try table.number(2)
            let base = try table.number(baseWidth)
            var extents: [Range<Int64>] = []
            for _ in 0..<(try table.number(2)) {
                _ = try table.number(indexWidth)
                let offset = try table.number(offsetWidth)
                let length = try table.number(lengthWidth)
                let (start, overflows) = base.addingReportingOverflow(offset)
                // Also keeps the sum below within 64 bits.
                guard !overflows, start <= reader.byteCount, length <= reader.byteCount else {
                    throw StripError(.malformed, "An item lies outside of the file.")
                }
                let shift = method == 1 ? data?.lowerBound ?? 0 : 0
                extents.append(shift + start..<shift + start + length)
            }
            let isKnown = reference == 0 && (method == 0 || method == 1 && data != nil) && lengthWidth > 0
            items.append(Item(id: id, extents: extents, isKnown: isKnown))
        }
    }

    /// An item's bytes; none for an item without any.
    func extents(of id: Int64) throws(StripError) -> [Range<Int64>] {
        guard let item = items.first(where: { $0.id == id }) else { return [] }
        guard item.isKnown else { throw StripError(.unsupported, "The place of an item is told in an unknown way.") }
        return item.extents.filter { !$0.isEmpty }
    }

    /// Another item has some of these bytes.
    func anyOther(than id: Int64, overlaps range: Range<Int64>) -> Bool {
        items.contains { item in item.id != id && item.isKnown && item.extents.contains { $0.overlaps(range) } }
    }
}

/// Reads one number after the other.
private struct ByteCursor {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next number, of so many bytes; 0 for none.
    mutating func number(_ byteCount: Int) throws(StripError) -> Int64 {
        guard let number = bytes.unsigned(at: offset, byteCount) else {
            throw StripError(.malformed, "A table ends too early.")
        }
        offset += byteCount
        return number
    }
}
