extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let slash = UInt8(ascii: "/")
    static let percent = UInt8(ascii: "%")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let comma = UInt8(ascii: ",")
    static let ampersand = UInt8(ascii: "&")
    static let equalsSign = UInt8(ascii: "=")
}

extension [UInt8] {
    /// Appends two lower-case hexadecimal digits for each byte.
    package mutating func append(hexOf bytes: some Sequence<UInt8>) {
        for byte in bytes {
            append(Self.hexDigit(byte >> 4, letters: UInt8(ascii: "a")))
            append(Self.hexDigit(byte & 15, letters: UInt8(ascii: "a")))
        }
    }

    /// The digit of a value below 16, its letters counted from the given one.
    @inline(__always)
    static func hexDigit(_ value: UInt8, letters: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : letters + value - 10
    }
}

extension String {
    /// Two lower-case hexadecimal digits for each byte.
    package init(hexOf bytes: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.underestimatedCount)
        digits.append(hexOf: bytes)
        self = String(decoding: digits, as: UTF8.self)
    }
}
