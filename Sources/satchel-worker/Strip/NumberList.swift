/// Numbers of one width in a range of a file, read window by window.
struct NumberList {
    private static let windowCount = 8_192

    private let reader: StripReader
    private let range: Range<Int64>
    private let width: Int
    private var window: [UInt8] = []
    private var windowIndex: Int64 = 0

    /// How many there are.
    let count: Int64

    /// As many as are announced, and fit the range.
    init(_ reader: StripReader, in range: Range<Int64>, width: Int, announced: Int64) {
        self.reader = reader
        self.range = range
        self.width = width
        count = min(announced, Int64(range.count / width))
    }

    /// The number at an index, or, where one entry has several, a part of it.
    mutating func number(at index: Int64, from offset: Int = 0, byteCount: Int? = nil) throws(StripError) -> Int64 {
        guard index >= 0, index < count else { throw StripError(.malformed, "A table ends too early.") }
        if window.isEmpty || index < windowIndex || index >= windowIndex + Int64(window.count / width) {
            let start = range.lowerBound + index * Int64(width)
            let byteCount = min(Int64(Self.windowCount * width), range.upperBound - start)
            window = try reader.bytes(start..<start + byteCount / Int64(width) * Int64(width))
            windowIndex = index
        }
        let place = Int(index - windowIndex) * width + offset
        guard let number = window.unsigned(at: place, byteCount ?? width) else {
            throw StripError(.malformed, "A number of a table is too large.")
        }
        return number
    }
}
