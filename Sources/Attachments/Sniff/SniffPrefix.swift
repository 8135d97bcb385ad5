/// The first bytes of a file, with reads that stay inside them.
struct SniffPrefix {
    let bytes: [UInt8]
    /// Whether the file ends within these bytes.
    let isWholeFile: Bool
    /// Whether no byte is one that text never holds.
    let hasNoControlBytes: Bool

    init(_ bytes: [UInt8], limit: Int = MediaTypeSniffer.prefixByteCount) {
        self.bytes = bytes.count > limit ? Array(bytes.prefix(limit)) : bytes
        isWholeFile = bytes.count < limit
        hasNoControlBytes = self.bytes.allSatisfy { !Self.isControlByte($0) }
    }

    var count: Int { bytes.count }

    func has(_ pattern: some Collection<UInt8>, at offset: Int) -> Bool {
        offset >= 0 && offset + pattern.count <= bytes.count
            && bytes[offset..<offset + pattern.count].elementsEqual(pattern)
    }

    func has(_ text: String, at offset: Int) -> Bool {
        has(text.utf8, at: offset)
    }

    /// Where the pattern first occurs.
    func offset(of pattern: [UInt8], from start: Int = 0) -> Int? {
        guard let first = pattern.first, start < bytes.count else { return nil }
        return (start..<bytes.count).first { bytes[$0] == first && has(pattern, at: $0) }
    }

    func byte(at offset: Int) -> UInt8? {
        bytes.indices.contains(offset) ? bytes[offset] : nil
    }

    /// An unsigned big-endian number of up to eight bytes.
    func bigEndian(at offset: Int, byteCount: Int) -> UInt64? {
        guard offset >= 0, offset + byteCount <= bytes.count else { return nil }
        return bytes[offset..<offset + byteCount].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An unsigned little-endian number of up to eight bytes.
    func littleEndian(at offset: Int, byteCount: Int) -> UInt64? {
        guard offset >= 0, offset + byteCount <= bytes.count else { return nil }
        return bytes[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Printable ASCII, nil when any byte is not.
    func ascii(at offset: Int, byteCount: Int) -> String? {
        guard offset >= 0, byteCount >= 0, offset + byteCount <= bytes.count else { return nil }
        let slice = bytes[offset..<offset + byteCount]
        guard slice.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return String(decoding: slice, as: UTF8.self)
    }

    /// Tab, line feed, form feed, carriage return and escape occur in text; the other controls do not.
    private static func isControlByte(_ byte: UInt8) -> Bool {
        byte == 0x7F || (byte < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains(byte))
    }
}
