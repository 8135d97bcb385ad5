/// Finds the samples that a movie's fragment holds of some tracks (ISO/IEC 14496-12, 8.8).
struct FragmentStrip {
    private enum HeaderFlag {
        static let baseOffset: Int64 = 0x01
        static let description: Int64 = 0x02
        static let duration: Int64 = 0x08
        static let size: Int64 = 0x10
        static let startsAtFragment: Int64 = 0x02_0000
    }

    private enum RunFlag {
        static let offset: Int64 = 0x001
        static let firstFlags: Int64 = 0x004
        static let duration: Int64 = 0x100
        static let size: Int64 = 0x200
        static let flags: Int64 = 0x400
        static let compositionOffset: Int64 = 0x800
    }

    private let reader: StripReader
    private let defaultSizes: [Int64: Int64]
    private let unwanted: Set<Int64>
    private(set) var samples: [Range<Int64>] = []

    init(
        _ fragment: ISOBox,
        _ reader: StripReader,
        unwanted: Set<Int64>,
        defaultSizes: [Int64: Int64]
    ) throws(StripError) {
        self.reader = reader
        self.unwanted = unwanted
        self.defaultSizes = defaultSizes
        // Without an offset of its own, a track's data follows that of the one before it.
        var end = fragment.range.lowerBound
        for child in try reader.boxes(in: fragment.content) where child.type == "traf" {
            end = try take(child, fragment: fragment.range.lowerBound, previousEnd: end)
        }
    }

    /// Answers where the track's data ends.
    private mutating func take(_ box: ISOBox, fragment: Int64, previousEnd: Int64) throws(StripError) -> Int64 {
        let children = try reader.boxes(in: box.content)
        guard let header = children.first(where: { $0.type == "tfhd" }) else { return previousEnd }
        let fields = try reader.bytes(header.content.prefix(48))
        guard let flags = fields.unsigned(at: 1, 3), let id = fields.unsigned(at: 4, 4) else { return previousEnd }
        var place = 8
        var base = flags & HeaderFlag.startsAtFragment != 0 ? fragment : previousEnd
        if flags & HeaderFlag.baseOffset != 0 {
            guard let offset = fields.unsigned(at: place, 8) else { return previousEnd }
            base = offset
            place += 8
        }
        if flags & HeaderFlag.description != 0 { place += 4 }
        if flags & HeaderFlag.duration != 0 { place += 4 }
        let ownSize = flags & HeaderFlag.size != 0 ? fields.unsigned(at: place, 4) : nil
        var end = base
        for run in children where run.type == "trun" {
            end = try take(
                run,
                base: base,
                previousEnd: end,
                defaultSize: ownSize ?? defaultSizes[id] ?? 0,
                isUnwanted: unwanted.contains(id)
            )
        }
        return end
    }

    private mutating func take(
        _ run: ISOBox,
        base: Int64,
        previousEnd: Int64,
        defaultSize: Int64,
        isUnwanted: Bool
    ) throws(StripError) -> Int64 {
        let fields = try reader.bytes(run.content.prefix(16))
        guard let flags = fields.unsigned(at: 1, 3), let count = fields.unsigned(at: 4, 4) else { return previousEnd }
        var place = 8
        var start = previousEnd
        if flags & RunFlag.offset != 0 {
            // A signed number.
            let offset = fields.unsigned(at: place, 4).map { Int64(Int32(truncatingIfNeeded: $0)) } ?? 0
            let (sum, overflows) = base.addingReportingOverflow(offset)
            guard !overflows else { throw StripError(.malformed, "A fragment's data lies nowhere.") }
            start = sum
            place += 4
        }
        if flags & RunFlag.firstFlags != 0 { place += 4 }
        let byteCount = try byteCount(of: run.content.dropping(place), flags: flags, count: count, defaultSize)
        let (end, overflows) = start.addingReportingOverflow(byteCount)
        guard !overflows else { throw StripError(.malformed, "A fragment's data lies nowhere.") }
        if isUnwanted { try SampleTable.append(at: start, byteCount, to: &samples) }
        return end
    }

    /// The sizes of a run's samples together.
    private func byteCount(
        of table: Range<Int64>,
        flags: Int64,
        count: Int64,
        _ defaultSize: Int64
    ) throws(StripError) -> Int64 {
        guard flags & RunFlag.size != 0 else {
            let (product, overflows) = count.multipliedReportingOverflow(by: defaultSize)
            guard !overflows else { throw StripError(.malformed, "A fragment is larger than any file.") }
            return product
        }
        let fields = [RunFlag.duration, RunFlag.size, RunFlag.flags, RunFlag.compositionOffset]
        let width = 4 * fields.count { flags & $0 != 0 }
        let sizeOffset = flags & RunFlag.duration != 0 ? 4 : 0
        var list = NumberList(reader, in: table, width: width, announced: count)
        var total: Int64 = 0
        for index in 0..<list.count { total += try list.number(at: index, from: sizeOffset, byteCount: 4) }
        return total
    }
}
