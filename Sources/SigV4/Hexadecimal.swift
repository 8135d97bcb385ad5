extension UInt8 {
    /// What a hexadecimal digit of either case stands for, by its ASCII code; nil for any other byte.
    package var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Whether the byte is a hexadecimal digit in ASCII, its letters lower-case.
    package var isLowercaseHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}

extension [UInt8] {
    /// What hexadecimal digits of either case stand for, two a byte; nil for anything else.
    package init?(hex digits: some Collection<UInt8>) {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            guard let value = digit.hexValue else { return nil }
            if let half = high {
                bytes.append(half << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self = bytes
    }

    /// Appends two lower-case hexadecimal digits for each byte.
    ///
    /// Compiled for each kind of bytes where it is called: one function for all would ask for each byte by a call.
    @inlinable
    package mutating func append(hexOf bytes: some Sequence<UInt8>) {
        for byte in bytes {
            append(Self.hexDigit(byte >> 4, letters: UInt8(ascii: "a")))
            append(Self.hexDigit(byte & 15, letters: UInt8(ascii: "a")))
        }
    }

    /// Appends `%` and two upper-case hexadecimal digits (RFC 3986 section 2.1).
    @inline(__always)
    package mutating func append(percentEncoding byte: UInt8) {
        append(.percent)
        append(Self.hexDigit(byte >> 4, letters: UInt8(ascii: "A")))
        append(Self.hexDigit(byte & 15, letters: UInt8(ascii: "A")))
    }

    /// The digit of a value below 16, its letters counted from the given one.
    @inlinable
    @inline(__always)
    static func hexDigit(_ value: UInt8, letters: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : letters + value - 10
    }
}

extension String {
    /// Two lower-case hexadecimal digits for each byte.
    @inlinable
    package init(hexOf bytes: some Sequence<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.underestimatedCount)
        digits.append(hexOf: bytes)
        self = String(decoding: digits, as: UTF8.self)
    }

    /// The 16 lower-case hexadecimal digits of a number, zeros in front.
    package init(hexOf number: UInt64) {
        self = withUnsafeBytes(of: number.bigEndian) { String(hexOf: $0) }
    }
}
