/// The next bits of a JPEG's entropy-coded data, without its stuffing.
///
/// Whoever reads sees to it that `refill` finds eight bytes.
struct JPEGBits {
    /// The next bit is the highest; below those that count there may be some of those that follow.
    private(set) var bits: UInt64 = 0
    /// How many of them count, at most 63.
    private(set) var count = 0
    /// The first byte that has not been taken whole.
    private(set) var next: UnsafePointer<UInt8>

    /// Begins with a byte.
    init(at start: UnsafePointer<UInt8>) {
        next = start
    }

    /// Brings `count` to 56 or more.
    @inline(__always)
    mutating func refill() {
        let word = UInt64(bigEndian: UnsafeRawPointer(next).loadUnaligned(as: UInt64.self))
        bits |= word &>> UInt64(truncatingIfNeeded: count)
        next += (63 &- count) &>> 3
        count |= 56
    }

    /// The next bits as a number; at least one, and at most so many as there are.
    @inline(__always)
    func peek(_ bitCount: Int) -> Int {
        Int(truncatingIfNeeded: bits &>> UInt64(truncatingIfNeeded: 64 &- bitCount))
    }

    @inline(__always)
    mutating func skip(_ bitCount: Int) {
        bits &<<= UInt64(truncatingIfNeeded: bitCount)
        count &-= bitCount
    }

    /// Goes over as many bits, at most 63, as the low byte of an entry says.
    ///
    /// A shift looks at no more than six bits of its distance: it need not wait until they are singled out.
    @inline(__always)
    mutating func skip(by entry: Int) {
        bits &<<= UInt64(truncatingIfNeeded: entry)
        count &-= entry & 0xFF
    }

    /// The number of `bitCount` bits that comes next (ITU T.81 F.1.2.1.1): those that begin with 0 are negative.
    @inline(__always)
    mutating func number(_ bitCount: Int) -> Int {
        let isNegative = bits &>> 63 == 0
        let raw = Int(truncatingIfNeeded: (bits &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- bitCount))
        skip(bitCount)
        return isNegative ? raw &+ 1 &- (1 &<< bitCount) : raw
    }

    /// Goes on from a byte elsewhere in memory that is the same as that at `next`.
    mutating func move(to place: UnsafePointer<UInt8>) {
        next = place
    }
}
