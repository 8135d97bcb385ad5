/// Percent-encoding of RFC 3986, as both the wire and the canonical request need it.
///
/// Unreserved characters (section 2.3: letters, digits, `-`, `.`, `_`, `~`) stay, every other byte of the UTF-8 text
/// becomes `%` and two upper-case digits. A space is `%20`, never `+`. Nothing is normalized: composed and decomposed
/// accents stay different keys.
package enum PercentEncoding {
    /// Encodes a name or a value; a path too if slashes are kept.
    package static func encode(_ text: String, keepingSlash: Bool = false) -> String {
        var text = text
        // Over the bytes themselves: this is on the way of every URL that is handed out.
        let encoded: [UInt8]? = text.withUTF8 { bytes in
            guard bytes.contains(where: { !isKept($0, keepingSlash: keepingSlash) }) else { return nil }
            var output: [UInt8] = []
            output.reserveCapacity(bytes.count * 3)
            append(bytes, keepingSlash: keepingSlash, to: &output)
            return output
        }
        return encoded.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Encodes an object key or another path once, its slashes kept.
    package static func encodePath(_ key: String) -> String {
        encode(key, keepingSlash: true)
    }

    /// Appends the encoded form of the bytes.
    static func append(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false, to output: inout [UInt8]) {
        for byte in bytes {
            if isKept(byte, keepingSlash: keepingSlash) {
                output.append(byte)
            } else {
                output.append(percentEncoding: byte)
            }
        }
    }

    /// A bit for each of the bytes 64 to 127 that is kept: letters, `_` and `~`.
    private static let keptLetters: UInt64 = 0x47FF_FFFE_87FF_FFFE
    /// A bit for each of the bytes 0 to 63 that is kept: digits, `-` and `.`.
    private static let keptDigits: UInt64 = 0x03FF_6000_0000_0000

    @inline(__always)
    private static func isKept(_ byte: UInt8, keepingSlash: Bool) -> Bool {
        guard byte < 128 else { return false }
        let bits = byte < 64 ? keptDigits : keptLetters
        return bits >> UInt64(byte & 63) & 1 == 1 || (keepingSlash && byte == .slash)
    }
}
