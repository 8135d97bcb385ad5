/// Reads a source in small pieces, all of a piece or an error.
struct StripReader {
    /// The largest piece that is looked at as a whole.
    static let maxBlockByteCount: Int64 = 4 << 20
    static let windowByteCount = 1 << 16

    let source: any ByteSource

    var byteCount: Int64 { source.byteCount }

    /// Exactly these bytes, which must be in the source.
    func bytes(_ range: Range<Int64>) throws(StripError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= byteCount,
            range.upperBound - range.lowerBound <= Self.maxBlockByteCount
        else { throw StripError(.malformed, "A part lies outside of the file, or is too large.") }
        let count = Int(range.upperBound - range.lowerBound)
        var bytes = source.read(at: range.lowerBound, count: count)
        while bytes.count < count {
            let more = source.read(at: range.lowerBound + Int64(bytes.count), count: count - bytes.count)
            guard !more.isEmpty else { throw StripError(.unreadable, "The file cannot be read.") }
            bytes += more
        }
        return bytes
    }

    /// Up to `count` bytes, fewer at the end of the source.
    func bytes(at offset: Int64, upTo count: Int) throws(StripError) -> [UInt8] {
        let start = min(max(offset, 0), byteCount)
        return try bytes(start..<min(start + Int64(count), byteCount))
    }

    /// A range that is too large for one piece, window by window; each shows the end of the one before it again.
    ///
    /// Ends early when `body` answers false.
    func eachWindow(
        of range: Range<Int64>,
        overlap: Int,
        _ body: (_ offset: Int64, _ bytes: [UInt8]) -> Bool
    ) throws(StripError) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let end = min(offset + Int64(Self.windowByteCount), range.upperBound)
            guard body(offset, try bytes(offset..<end)), end < range.upperBound else { return }
            offset = end - Int64(overlap)
        }
    }

    /// Every byte of a range has this value.
    func isFilled(_ range: Range<Int64>, with value: UInt8) throws(StripError) -> Bool {
        var isFilled = true
        try eachWindow(of: range, overlap: 0) { _, bytes in
            isFilled = bytes.allSatisfy { $0 == value }
            return isFilled
        }
        return isFilled
    }
}

extension [UInt8] {
    /// The unsigned number in up to eight bytes at an offset; nil where they are not all there, or it needs all 64 bits.
    func unsigned(at offset: Int, _ byteCount: Int, bigEndian: Bool = true) -> Int64? {
        guard offset >= 0, byteCount <= 8, offset <= count - byteCount else { return nil }
        var number: UInt64 = 0
        for index in 0..<byteCount {
            number = number << 8 | UInt64(self[offset + (bigEndian ? index : byteCount - 1 - index)])
        }
        return Int64(exactly: number)
    }

    /// The bytes of a number in big-endian order.
    init(bigEndian number: UInt32) {
        self = Swift.withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    }

    /// The bytes at an offset are these.
    func holds(_ other: some Collection<UInt8>, at offset: Int = 0) -> Bool {
        offset >= 0 && offset <= count - other.count && self[offset..<offset + other.count].elementsEqual(other)
    }
}
