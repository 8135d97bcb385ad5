import Media

/// Where the samples of a track lie (ISO/IEC 14496-12, 8.7).
struct SampleTable {
    private enum Sizes {
        case equal(Int64)
        /// One number for each sample; of four bits each where `isHalfByte`.
        case listed(NumberList, isHalfByte: Bool)
    }

    private let reader: StripReader
    private let sizesBox: ISOBox?
    private let chunkRunsBox: ISOBox?
    private let offsetsBox: ISOBox?

    init(_ reader: StripReader, boxes: [ISOBox]) {
        self.reader = reader
        sizesBox = boxes.first { $0.type == "stsz" || $0.type == "stz2" }
        chunkRunsBox = boxes.first { $0.type == "stsc" }
        offsetsBox = boxes.first { $0.type == "stco" || $0.type == "co64" }
    }

    /// The furthest offset at which a chunk begins; nil without chunks.
    func lastOffset() throws(StripError) -> Int64? {
        guard var offsets = try offsets() else { return nil }
        var last: Int64?
        for index in 0..<offsets.count { last = max(last ?? 0, try offsets.number(at: index)) }
        return last
    }

    /// The bytes of all samples, chunk by chunk, neighbours together.
    func ranges() throws(StripError) -> [Range<Int64>] {
        guard var offsets = try offsets(), let chunkRunsBox, var (sizes, left) = try sizes() else { return [] }
        var runs = try list(chunkRunsBox, width: 12)
        var ranges: [Range<Int64>] = []
        var run: Int64 = 0
        var sample: Int64 = 0
        for chunk in 0..<offsets.count where left > 0 {
            while run + 1 < runs.count, try runs.number(at: run + 1, from: 0, byteCount: 4) <= chunk + 1 { run += 1 }
            let count = min(try runs.number(at: run, from: 4, byteCount: 4), left)
            let byteCount = try Self.byteCount(of: count, from: sample, &sizes)
            sample += count
            left -= count
            try Self.append(at: try offsets.number(at: chunk), byteCount, to: &ranges)
        }
        return ranges
    }

    /// Adds a range, which may go on from the last one.
    static func append(at offset: Int64, _ byteCount: Int64, to ranges: inout [Range<Int64>]) throws(StripError) {
        guard byteCount > 0 else { return }
        let (end, overflows) = offset.addingReportingOverflow(byteCount)
        guard offset >= 0, !overflows else { throw StripError(.malformed, "A sample lies nowhere.") }
        if let last = ranges.last, last.upperBound == offset {
            ranges[ranges.count - 1] = last.lowerBound..<end
            return
        }
        guard ranges.count < StripPlan.maxEditCount else {
            throw StripError(.tooComplex, "The samples lie in too many places.")
        }
        ranges.append(offset..<end)
    }

    private static func byteCount(of count: Int64, from sample: Int64, _ sizes: inout Sizes) throws(StripError) -> Int64
    {
        switch sizes {
        case .equal(let size):
            // Both are of 32 bits.
            let (product, overflows) = size.multipliedReportingOverflow(by: count)
            guard !overflows else { throw StripError(.malformed, "The samples are larger than any file.") }
            return product
        case .listed(var list, let isHalfByte):
            var total: Int64 = 0
            for index in sample..<sample + count {
                let number = try list.number(at: isHalfByte ? index / 2 : index)
                total += isHalfByte ? (index % 2 == 0 ? number >> 4 : number & 15) : number
            }
            sizes = .listed(list, isHalfByte: isHalfByte)
            return total
        }
    }

    private func offsets() throws(StripError) -> NumberList? {
        guard let offsetsBox else { return nil }
        return try list(offsetsBox, width: offsetsBox.type == "co64" ? 8 : 4)
    }

    /// A table behind a version and a count.
    private func list(_ box: ISOBox, width: Int) throws(StripError) -> NumberList {
        let count = try reader.bytes(box.content.prefix(8)).unsigned(at: 4, 4) ?? 0
        return NumberList(reader, in: box.content.dropping(8), width: width, announced: count)
    }

    private func sizes() throws(StripError) -> (sizes: Sizes, count: Int64)? {
        guard let sizesBox else { return nil }
        let header = try reader.bytes(sizesBox.content.prefix(12))
        guard let field = header.unsigned(at: 4, 4), let count = header.unsigned(at: 8, 4) else { return nil }
        let content = sizesBox.content.dropping(12)
        guard sizesBox.type == "stz2" else {
            guard field == 0 else { return (.equal(field), count) }
            let list = NumberList(reader, in: content, width: 4, announced: count)
            return (.listed(list, isHalfByte: false), list.count)
        }
        switch field & 0xFF {
        case 4:
            let list = NumberList(reader, in: content, width: 1, announced: (count + 1) / 2)
            return (.listed(list, isHalfByte: true), min(count, list.count * 2))
        case 8, 16:
            let list = NumberList(reader, in: content, width: Int(field & 0xFF) / 8, announced: count)
            return (.listed(list, isHalfByte: false), list.count)
        default:
            throw StripError(.malformed, "Sizes of samples have no known width.")
        }
    }
}
