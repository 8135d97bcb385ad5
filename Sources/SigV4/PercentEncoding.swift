/// Percent-encoding of RFC 3986, as both the wire and the canonical request need it.
///
/// Unreserved characters (section 2.3: letters, digits, `-`, `.`, `_`, `~`) stay, every other byte of the UTF-8 text
/// becomes `%` and two upper-case digits. A space is `%20`, never `+`. Nothing is normalized: composed and decomposed
/// accents stay different keys.
package enum PercentEncoding {
    /// Encodes a name or a value; a path too if slashes are kept.
    package static func encode(_ text: String, keepingSlash: Bool = false) -> String {
        guard text.utf8.contains(where: { !isKept($0, keepingSlash: keepingSlash) }) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count * 3)
        append(text.utf8, keepingSlash: keepingSlash, to: &output)
        return String(decoding: output, as: UTF8.self)
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
                output.append(.percent)
                output.append([UInt8].hexDigit(byte >> 4, letters: UInt8(ascii: "A")))
                output.append([UInt8].hexDigit(byte & 15, letters: UInt8(ascii: "A")))
            }
        }
    }

    private static func isKept(_ byte: UInt8, keepingSlash: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        case .slash:
            keepingSlash
        default:
            false
        }
    }
}
