import Media

/// Bytes by offset, wherever they come from; what is past the end reads as nothing.
protocol ByteSource {
    var byteCount: Int64 { get }

    /// Up to `count` bytes at `offset`.
    func read(at offset: Int64, count: Int) -> [UInt8]
}

extension FileBytes: ByteSource {}

/// A part of a source, with offsets of its own.
struct SubSource: ByteSource {
    let base: any ByteSource
    let range: Range<Int64>

    var byteCount: Int64 { range.upperBound - range.lowerBound }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount, count > 0 else { return [] }
        return base.read(at: range.lowerBound + offset, count: Int(min(Int64(count), byteCount - offset)))
    }
}

/// What a source becomes by a plan, without being written anywhere.
struct StrippedView: ByteSource {
    let byteCount: Int64
    private let base: any ByteSource
    private let pieces: [StripPlan.Piece]
    /// Where each piece begins.
    private let starts: [Int64]

    init(of base: any ByteSource, by plan: StripPlan) {
        self.base = base
        pieces = plan.pieces
        var starts: [Int64] = []
        var offset: Int64 = 0
        for piece in pieces {
            starts.append(offset)
            offset += piece.byteCount
        }
        self.starts = starts
        byteCount = offset
    }

    func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount, count > 0 else { return [] }
        let end = min(offset + Int64(count), byteCount)
        var bytes: [UInt8] = []
        var index = pieceIndex(at: offset)
        while offset + Int64(bytes.count) < end, index < pieces.count {
            let skipped = offset + Int64(bytes.count) - starts[index]
            let wanted = Int(min(pieces[index].byteCount - skipped, end - offset - Int64(bytes.count)))
            let found = pieces[index].read(at: skipped, count: wanted, from: base)
            bytes += found
            guard found.count == wanted else { break }
            index += 1
        }
        return bytes
    }

    /// The last piece that begins at or before an offset.
    private func pieceIndex(at offset: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

extension StripPlan.Piece {
    fileprivate var byteCount: Int64 {
        switch self {
        case .copy(let range): range.upperBound - range.lowerBound
        case .bytes(let bytes): Int64(bytes.count)
        case .fill(_, let byteCount): byteCount
        }
    }

    fileprivate func read(at offset: Int64, count: Int, from base: any ByteSource) -> [UInt8] {
        switch self {
        case .copy(let range): base.read(at: range.lowerBound + offset, count: count)
        case .bytes(let bytes): [UInt8](bytes[Int(offset)..<Int(offset) + count])
        case .fill(let value, _): [UInt8](repeating: value, count: count)
        }
    }
}
