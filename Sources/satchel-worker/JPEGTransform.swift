/// Makes two by two samples of a block's coefficients: each is the mean of a quarter of the block.
///
/// In the numbers, and with the rounding, that libjpeg does it in. Of the frequencies that are even beside 0 a quarter has as
/// many waves up as down, so that only five each way count. Owns the memory.
final class JPEGTransform {
    /// By horizontal frequency what the columns of all quarters have in common, behind them in what the upper ones differ from the
    /// lower ones; then one for each place that does not count, so that none of these waits for another.
    private let sums: UnsafeMutablePointer<Int32>
    /// By place in the data which sum a coefficient goes into, for places up to 127, of which those past 63 do not count.
    private let slots: UnsafeMutablePointer<UInt8>

    fileprivate static let frequencies = [0, 1, 3, 5, 7]
    /// The sum of the samples over half of a cosine's period, by frequency, with 13 bits behind the point.
    fileprivate static let weights: [Int32] = [29_692, -10_426, 6_967, -5_906]

    init() {
        sums = .allocate(capacity: 16 + 128)
        sums.initialize(repeating: 0, count: 16 + 128)
        slots = .allocate(capacity: 128)
        for place in 0..<128 { slots.advanced(by: place).initialize(to: UInt8(16 + place)) }
        for (place, frequency) in Self.zigzag.enumerated() {
            if let row = Self.frequencies.firstIndex(of: frequency.row),
                let column = Self.frequencies.firstIndex(of: frequency.column)
            {
                slots[place] = UInt8(row == 0 ? column : 8 + column)
            }
        }
    }

    deinit {
        sums.deallocate()
        slots.deallocate()
    }

    /// By place in the data what a coefficient is multiplied by, for places up to 127; whoever calls owns the memory.
    static func factors(_ quantization: [UInt8]) -> UnsafeMutablePointer<Int32> {
        let factors = UnsafeMutablePointer<Int32>.allocate(capacity: 128)
        factors.initialize(repeating: 0, count: 128)
        for (place, (factor, frequency)) in zip(quantization, zigzag).enumerated() {
            guard let row = frequencies.firstIndex(of: frequency.row) else { continue }
            factors[place] = Int32(factor) * (row == 0 ? 1 << 15 : weights[row - 1])
        }
        return factors
    }

    /// The frequencies in the order of the data (ITU T.81 figure 5): diagonal by diagonal, every other one upwards.
    private static let zigzag: [(row: Int, column: Int)] = (0..<15)
        .flatMap { diagonal in
            let rows = Array(max(0, diagonal - 7)...min(diagonal, 7))
            return (diagonal % 2 == 0 ? rows.reversed() : rows).map { (row: $0, column: diagonal - $0) }
        }

    /// All coefficients are zero.
    @inline(__always)
    func clear() {
        let zero = SIMD16<Int32>.zero
        UnsafeMutableRawPointer(sums).storeBytes(of: zero, as: SIMD16<Int32>.self)
    }

    /// Adds to the coefficient at a place, 0 to 127.
    @inline(__always)
    func add(_ value: Int, at place: Int, _ factors: UnsafePointer<Int32>) {
        let slot = Int(slots[place])
        sums[slot] &+= Int32(truncatingIfNeeded: value) &* factors[place]
    }

    /// Writes the samples.
    @inline(__always)
    func put(to block: JPEGBlock) {
        let even = UnsafeRawPointer(sums).loadUnaligned(as: SIMD8<Int32>.self) &+ 4_096
        let odd = UnsafeRawPointer(sums + 8).loadUnaligned(as: SIMD8<Int32>.self)
        put((even &+ odd) &>> 13, to: block.samples)
        put((even &- odd) &>> 13, to: block.samples + block.stride)
    }

    /// Writes the left sample and the right one of a row, of which the sums over the columns are given.
    @inline(__always)
    private func put(_ line: SIMD8<Int32>, to samples: UnsafeMutablePointer<UInt8>) {
        let odd = line[1] &* 29_692 &- line[2] &* 10_426 &+ line[3] &* 6_967 &- line[4] &* 5_906
        let even = line[0] &<< 15 &+ 1 &<< 19
        samples[0] = JPEGBlock.clamped(Int((even &+ odd) &>> 20))
        samples[1] = JPEGBlock.clamped(Int((even &- odd) &>> 20))
    }
}
