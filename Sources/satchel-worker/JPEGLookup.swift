/// What the next bits of a JPEG's data mean, by those bits.
///
/// Owns the memory.
final class JPEGLookup<Entry: FixedWidthInteger & UnsignedInteger> {
    /// One for each number of so many bits.
    let entries: UnsafeMutablePointer<Entry>

    fileprivate init(bitCount: Int, _ entry: (_ bits: KnownBits) -> Entry) {
        entries = .allocate(capacity: 1 << bitCount)
        for index in 0..<1 << bitCount {
            let bits = KnownBits(value: index << (32 - bitCount), count: bitCount)
            entries.advanced(by: index).initialize(to: entry(bits))
        }
    }

    deinit {
        entries.deallocate()
    }
}

/// Numbers of the lookups, which their entries' readers need.
enum JPEGEntry {
    /// How many bits a symbol is looked up by, how many those that are only gone over, and those whose numbers are read.
    static let symbolBitCount = 9
    static let runBitCount = 12
    static let valueBitCount = 10

    /// How many coefficients a block has beside its mean, which is where it ends without saying so.
    static let coefficientCount = 63
    /// Added to an entry's number of coefficients where the block ends behind them.
    static let end = 128
    /// An entry's number of coefficients where the next code is none, or longer than what is looked up.
    static let unknown = 255
}

extension JPEGLookup<UInt16> {
    /// One symbol in the low byte, and its code's length above it; 0 where the code is longer than what is looked up.
    convenience init(symbolsOf code: JPEGHuffmanCode) {
        self.init(bitCount: JPEGEntry.symbolBitCount) { bits in
            guard let (symbol, length) = code.symbol(of: bits.value >> 16), length <= bits.count else { return 0 }
            return UInt16(length << 8 | symbol)
        }
    }

    /// All symbols whose codes are in the bits, to be gone over at once.
    ///
    /// In the low byte how many bits they and their numbers have, of which the last may lie past what is looked up, and in the high
    /// one how many coefficients they are.
    convenience init(runsOf code: JPEGHuffmanCode) {
        self.init(bitCount: JPEGEntry.runBitCount) { bits in
            var bits = bits
            var (length, count) = (0, 0)
            while let run = bits.run(code, count) {
                length += run.length
                count += run.count
                bits.skip(run.length)
                if run.isEnd { break }
            }
            return UInt16(length == 0 ? JPEGEntry.unknown << 8 : count << 8 | length)
        }
    }
}

extension JPEGLookup<UInt64> {
    /// Up to two symbols with their numbers.
    ///
    /// By byte from the lowest: how many bits they have, how many coefficients they are, how many of these lie before the first
    /// number, and before the second; and then the numbers, of 16 bits each.
    convenience init(valuesOf code: JPEGHuffmanCode) {
        self.init(bitCount: JPEGEntry.valueBitCount) { bits in
            var bits = bits
            var (length, count) = (0, 0)
            // Numbers that there are not go to a place behind a block's last.
            var entry: UInt64 = 64 << 16 | 64 << 24
            for index in 0..<2 {
                guard let run = bits.run(code, count), run.length <= bits.count else { break }
                if run.bitCount > 0 {
                    let value = bits.number(run.bitCount, at: run.length - run.bitCount)
                    let number = UInt64(UInt16(truncatingIfNeeded: value))
                    let zeroCount = UInt64(count + run.count - 1)
                    entry ^= (zeroCount ^ 64) << (16 + 8 * index) | number << (32 + 16 * index)
                }
                length += run.length
                count += run.count
                bits.skip(run.length)
                if run.isEnd { break }
            }
            return entry | UInt64(length == 0 ? JPEGEntry.unknown << 8 : count << 8 | length)
        }
    }
}

/// Bits that are looked up.
private struct KnownBits {
    /// The first is the highest of 32; those that are not known are zero.
    private(set) var value: Int
    /// How many are known; below zero where more were gone over.
    private(set) var count: Int

    /// The next symbol, where its whole code is known and a block that has so many coefficients has room for it.
    func run(_ code: JPEGHuffmanCode, _ coefficientCount: Int) -> JPEGRun? {
        guard count > 0, let (symbol, length) = code.symbol(of: value >> 16), length <= count else { return nil }
        let run = JPEGRun(symbol, codeLength: length)
        return coefficientCount + run.count & 127 <= JPEGEntry.coefficientCount ? run : nil
    }

    /// The number of so many bits, at most 16, behind others.
    func number(_ bitCount: Int, at offset: Int) -> Int {
        let raw = value >> (32 - offset - bitCount) & (1 << bitCount - 1)
        return raw >> (bitCount - 1) == 0 ? raw + 1 - 1 << bitCount : raw
    }

    mutating func skip(_ bitCount: Int) {
        value = value << bitCount & 0xFFFF_FFFF
        count -= bitCount
    }
}

/// What a symbol says of a block's next coefficients (ITU T.81 F.1.2.2.1): some that are zero and one that is not.
struct JPEGRun {
    /// How many coefficients, with that which is not zero; for the block's end `JPEGEntry.end`.
    let count: Int
    /// The bits of the number that follows, for that which is not zero; 0 where there is none.
    let bitCount: Int
    /// The bits of code and number.
    let length: Int

    @inline(__always)
    init(_ symbol: Int, codeLength: Int) {
        bitCount = symbol & 15
        count = bitCount == 0 && symbol != 0xF0 ? JPEGEntry.end : symbol &>> 4 &+ 1
        length = codeLength &+ bitCount
    }

    /// The rest of the block is zero.
    var isEnd: Bool { count == JPEGEntry.end }
}
