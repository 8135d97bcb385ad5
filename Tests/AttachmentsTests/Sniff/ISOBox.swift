/// Makes boxes of ISO media files, right and wrong.
enum ISOBox {
    /// A box with its content; `isLarge` tells the size in 64 bits.
    static func make(_ type: String, _ content: [UInt8], isLarge: Bool = false) -> [UInt8] {
        guard isLarge else { return header(type, size: UInt32(8 + content.count)) + content }
        return header(type, size: 1) + number(UInt64(16 + content.count), byteCount: 8) + content
    }

    /// A box's first eight bytes, whatever follows.
    static func header(_ type: String, size: UInt32) -> [UInt8] {
        number(UInt64(size), byteCount: 4) + Array(type.utf8)
    }

    /// A track whose handler is of a type.
    static func track(_ handler: String) -> [UInt8] {
        make("trak", make("mdia", make("hdlr", Array("\0\0\0\0\0\0\0\0\(handler)\0\0\0\0".utf8))))
    }

    /// The box that a file begins with.
    static func fileType(_ major: String, _ compatible: String...) -> [UInt8] {
        make("ftyp", Array("\(major)\0\0\0\0\(compatible.joined())".utf8))
    }

    /// A number, the most significant byte first.
    static func number(_ value: UInt64, byteCount: Int) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
