import SigV4

/// The byte-level spellings that names in headers come in.
enum HeaderText {
    /// UTF-8 as browsers send it; Latin-1, which cannot fail, for what is not valid UTF-8.
    static func decode(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? decodeLatin1(bytes)
    }

    /// One scalar for each byte.
    static func decodeLatin1(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// A form's name or file name: undoes the three escapes that browsers write (WHATWG HTML, multipart/form-data).
    ///
    /// Other percent signs stay as they are, since browsers do not escape the percent sign itself.
    static func decodeBrowserEscaped(_ bytes: [UInt8]) -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), let escaped = octet(at: index, in: bytes[...]),
                escaped == 0x22 || escaped == 0x0D || escaped == 0x0A
            {
                plain.append(escaped)
                index += 3
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return decode(plain)
    }

    /// An extended value, `charset'language'percent-encoded` (RFC 8187 section 3.2); nil when it does not decode.
    static func decodeExtended(_ bytes: [UInt8]) -> String? {
        let pieces = bytes.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count == 3, let octets = percentDecode(pieces[2]), !octets.isEmpty else { return nil }
        switch decodeLatin1(Array(pieces[0])).lowercased() {
        case "utf-8":
            return String(validating: octets, as: UTF8.self)
        case "iso-8859-1":
            return decodeLatin1(octets)
        default:
            return nil
        }
    }

    private static func percentDecode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        octets.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "%") else {
                octets.append(bytes[index])
                index += 1
                continue
            }
            guard let escaped = octet(at: index, in: bytes) else { return nil }
            octets.append(escaped)
            index += 3
        }
        return octets
    }

    /// The octet that the three bytes at `index` spell, `%XX`.
    private static func octet(at index: Int, in bytes: ArraySlice<UInt8>) -> UInt8? {
        guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexValue, let low = bytes[index + 2].hexValue
        else { return nil }
        return high << 4 | low
    }
}
