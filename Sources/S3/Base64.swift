import FoundationEssentials

/// Digests as headers spell them (RFC 4648 section 4).
enum Base64 {
    /// The base64 of the bytes that lower- or upper-case hex digits stand for; nil where they are none.
    static func encode(hex: String) -> String? {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
        let values = digits.compactMap(\.self)
        let bytes = stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
        return Data(bytes).base64EncodedString()
    }
}
