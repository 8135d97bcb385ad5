/// A Huffman code of a JPEG (ITU T.81, C): which symbol begins with which bits.
struct JPEGHuffmanCode {
    /// No code has more bits.
    static let maxLength = 16

    /// By length from 1 the end of that length's codes, as numbers of 16 bits; those of shorter ones lie before it.
    private let ends: [Int]
    /// By length from 1 the number to add to a code for the place of its symbol.
    private let offsets: [Int]
    /// By rising code.
    let symbols: [UInt8]

    /// How many codes there are of each length from 1, and their symbols.
    ///
    /// Nil where there is no such code: two would begin alike, or one is of ones alone, which the standard keeps out.
    init?(counts: [UInt8], symbols: [UInt8]) {
        guard counts.count == Self.maxLength, counts.reduce(0, { $0 + Int($1) }) == symbols.count else { return nil }
        var ends: [Int] = []
        var offsets: [Int] = []
        var code = 0
        var place = 0
        for (index, count) in counts.enumerated() {
            let length = index + 1
            offsets.append(place - code)
            code += Int(count)
            place += Int(count)
            guard count == 0 || code < 1 << length else { return nil }
            ends.append(code << (Self.maxLength - length))
            code <<= 1
        }
        self.ends = ends
        self.offsets = offsets
        self.symbols = symbols
    }

    /// The symbol that 16 bits begin with, and how long its code is; nil where no code begins so.
    func symbol(of bits: Int) -> (symbol: Int, length: Int)? {
        var index = 0
        while index < ends.count, bits >= ends[index] { index += 1 }
        guard index < ends.count else { return nil }
        let place = bits >> (Self.maxLength - index - 1) + offsets[index]
        guard symbols.indices.contains(place) else { return nil }
        return (Int(symbols[place]), index + 1)
    }
}
