/// A header value with parameters: `form-data; name="file"; filename="a;b.txt"` (RFC 2045 section 5.1, RFC 6266).
///
/// Names are exact and case-insensitive, unknown ones are kept out of the way, of two equal ones the first counts.
package struct HeaderParameters: Sendable, Equatable {
    private struct Parameter: Sendable, Equatable {
        var name: String
        var value: [UInt8]
    }

    /// What stands before the first semicolon, in lower case.
    package let value: String
    private let parameters: [Parameter]

    /// Parses a header value; throws `invalid_header_parameter` for a quoted string that does not end.
    package static func parse(_ text: String) throws(FormError) -> HeaderParameters {
        try parse(bytes: Array(text.utf8))
    }

    /// Parses a header value as it came from the wire, in whatever encoding.
    package static func parse(bytes: [UInt8]) throws(FormError) -> HeaderParameters {
        var cursor = HeaderCursor(bytes: bytes)
        let value = HeaderText.decode(cursor.readTrimmed(until: [.semicolon])).lowercased()
        var parameters: [Parameter] = []
        while cursor.current != nil {
            cursor.index += 1
            let name = HeaderText.decode(cursor.readTrimmed(until: [.semicolon, .equals])).lowercased()
            // An attribute without a value says nothing that Satchel reads.
            guard cursor.current == .equals else { continue }
            cursor.index += 1
            parameters.append(Parameter(name: name, value: try cursor.readParameterValue()))
        }
        return HeaderParameters(value: value, parameters: parameters)
    }

    /// Whether the parameter is there, with whatever value.
    package func has(_ name: String) -> Bool {
        bytes(of: name) != nil
    }

    /// The value of a parameter as text, quotes undone, nil when it is not there; `name` is in lower case.
    package func text(of name: String) -> String? {
        bytes(of: name).map(HeaderText.decode)
    }

    /// The `name` of a form part, browsers' escapes undone (RFC 7578 section 4.2).
    package var partName: String? {
        bytes(of: "name").map(HeaderText.decodeBrowserEscaped)
    }

    /// The file name: `filename*` if it decodes (RFC 8187), else `filename`, else nil.
    ///
    /// A `filename*` that does not decode and stands alone is given as it is written: the part is still a file.
    package var fileName: String? {
        let extended = bytes(of: "filename*")
        return extended.flatMap(HeaderText.decodeExtended)
            ?? bytes(of: "filename").map(HeaderText.decodeBrowserEscaped)
            ?? extended.map(HeaderText.decode)
    }

    private func bytes(of name: String) -> [UInt8]? {
        parameters.first { $0.name == name }?.value
    }
}

/// A place in a header value.
private struct HeaderCursor {
    let bytes: [UInt8]
    var index = 0

    var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte.isHeaderWhitespace {
            index += 1
        }
    }

    /// The bytes up to one of `stops` or the end, without the white space around them.
    mutating func readTrimmed(until stops: [UInt8]) -> [UInt8] {
        skipWhitespace()
        let start = index
        var end = index
        while let byte = current, !stops.contains(byte) {
            index += 1
            if !byte.isHeaderWhitespace {
                end = index
            }
        }
        return Array(bytes[start..<end])
    }

    /// A token or a quoted string, up to the next semicolon or the end.
    mutating func readParameterValue() throws(FormError) -> [UInt8] {
        skipWhitespace()
        guard current == .quote else { return readTrimmed(until: [.semicolon]) }
        let value = try readQuoted()
        skipWhitespace()
        guard current == nil || current == .semicolon else {
            throw FormError(.invalidHeaderParameter, "A header parameter has text after its closing quote.")
        }
        return value
    }

    /// Only `\"` and `\\` are escapes: browsers send the backslashes of a file name as they are.
    private mutating func readQuoted() throws(FormError) -> [UInt8] {
        var value: [UInt8] = []
        index += 1
        while let byte = current {
            index += 1
            if byte == .quote {
                return value
            }
            guard byte == .backslash, let escaped = current, escaped == .quote || escaped == .backslash else {
                value.append(byte)
                continue
            }
            index += 1
            // A name that ends in a backslash, sent unescaped: the quote is the closing one.
            if escaped == .quote, current == nil {
                value.append(.backslash)
                return value
            }
            value.append(escaped)
        }
        throw FormError(.invalidHeaderParameter, "A quoted header parameter does not end.")
    }
}

extension UInt8 {
    fileprivate static let semicolon = UInt8(ascii: ";")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// Space or tab (RFC 9110 section 5.6.3).
    var isHeaderWhitespace: Bool { self == 0x20 || self == 0x09 }
}
