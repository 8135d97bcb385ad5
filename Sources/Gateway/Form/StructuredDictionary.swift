import SigV4

/// A dictionary of structured field values (RFC 9651 section 3.2), as far as digests need one.
///
/// What is no byte sequence is read only to find its end.
struct StructuredDictionary: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        let key: String
        /// What a byte sequence holds; nil for a value of another type.
        let bytes: [UInt8]?
    }

    /// In the order of the text; a key that is there twice is here twice.
    let members: [Member]

    /// Reads a header's value; nil where that is no dictionary.
    init?(_ text: String) {
        var cursor = StructuredCursor(bytes: Array(text.utf8))
        do throws(StructuredFault) {
            members = try cursor.readDictionary()
        } catch {
            return nil
        }
    }
}

/// The text is not what RFC 9651 section 4.2 describes.
private struct StructuredFault: Error {}

/// A place in a structured field.
private struct StructuredCursor {
    let bytes: [UInt8]
    var index = 0

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func readDictionary() throws(StructuredFault) -> [StructuredDictionary.Member] {
        var members: [StructuredDictionary.Member] = []
        skipWhitespace()
        while current != nil {
            members.append(try readMember())
            skipWhitespace()
            guard current != nil else { break }
            try take(.comma)
            skipWhitespace()
            // Nothing may follow the last comma but a member.
            guard current != nil else { throw StructuredFault() }
        }
        return members
    }

    private mutating func readMember() throws(StructuredFault) -> StructuredDictionary.Member {
        let key = try readKey()
        var value: [UInt8]?
        if takes(.equals) {
            if takes(.openParenthesis) { try skipInnerList() } else { value = try readBareItem() }
        }
        try skipParameters()
        return StructuredDictionary.Member(key: key, bytes: value)
    }

    private mutating func skipInnerList() throws(StructuredFault) {
        while true {
            skipSpaces()
            if takes(.closeParenthesis) { return }
            _ = try readBareItem()
            try skipParameters()
            guard current == .space || current == .closeParenthesis else { throw StructuredFault() }
        }
    }

    private mutating func skipParameters() throws(StructuredFault) {
        while takes(.semicolon) {
            skipSpaces()
            _ = try readKey()
            if takes(.equals) { _ = try readBareItem() }
        }
    }

    private mutating func readKey() throws(StructuredFault) -> String {
        guard let first = current, first.isLowercaseLetter || first == .asterisk else { throw StructuredFault() }
        return String(decoding: take { $0.isKeyByte }, as: UTF8.self)
    }

    /// The bytes of a byte sequence; nil for an item of another type.
    private mutating func readBareItem() throws(StructuredFault) -> [UInt8]? {
        guard let first = current else { throw StructuredFault() }
        switch first {
        case .colon:
            return try readByteSequence()
        case .quote:
            try skipString()
        case .question:
            index += 1
            guard takes(UInt8(ascii: "0")) || takes(UInt8(ascii: "1")) else { throw StructuredFault() }
        case .at:
            index += 1
            try skipNumber()
        case .percent:
            try skipDisplayString()
        case _ where first.isDigit || first == .hyphen:
            try skipNumber()
        case _ where first.isLetter || first == .asterisk:
            _ = take { $0.isTokenByte }
        default:
            throw StructuredFault()
        }
        return nil
    }

    private mutating func readByteSequence() throws(StructuredFault) -> [UInt8] {
        index += 1
        let text = take { $0 != .colon }
        try take(.colon)
        guard let bytes = DigestText.decodeBase64(text) else { throw StructuredFault() }
        return bytes
    }

    /// An integer of at most 15 digits, or a decimal of at most 12 and 3.
    private mutating func skipNumber() throws(StructuredFault) {
        _ = takes(.hyphen)
        let whole = take { $0.isDigit }
        guard (1...15).contains(whole.count) else { throw StructuredFault() }
        guard takes(.dot) else { return }
        let fraction = take { $0.isDigit }
        guard whole.count <= 12, (1...3).contains(fraction.count) else { throw StructuredFault() }
    }

    private mutating func skipString() throws(StructuredFault) {
        try take(.quote)
        while !takes(.quote) {
            if takes(.backslash) {
                guard takes(.quote) || takes(.backslash) else { throw StructuredFault() }
                continue
            }
            try takePrintable()
        }
    }

    private mutating func skipDisplayString() throws(StructuredFault) {
        try take(.percent)
        try take(.quote)
        while !takes(.quote) {
            guard takes(.percent) else {
                try takePrintable()
                continue
            }
            for _ in 0..<2 {
                guard let digit = current, digit.isLowercaseHexDigit else { throw StructuredFault() }
                index += 1
            }
        }
    }

    // MARK: - Bytes

    private mutating func skipSpaces() {
        _ = take { $0 == .space }
    }

    private mutating func skipWhitespace() {
        _ = take { $0.isHeaderWhitespace }
    }

    private mutating func takePrintable() throws(StructuredFault) {
        guard let byte = current, (0x20...0x7E).contains(byte) else { throw StructuredFault() }
        index += 1
    }

    private mutating func take(_ byte: UInt8) throws(StructuredFault) {
        guard takes(byte) else { throw StructuredFault() }
    }

    /// Whether the byte is here; then it is stepped over.
    private mutating func takes(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = bytes[index...].prefix(while: isWanted)
        index = taken.endIndex
        return taken
    }
}

extension UInt8 {
    fileprivate static let space = UInt8(ascii: " ")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let percent = UInt8(ascii: "%")
    fileprivate static let openParenthesis = UInt8(ascii: "(")
    fileprivate static let closeParenthesis = UInt8(ascii: ")")
    fileprivate static let asterisk = UInt8(ascii: "*")
    fileprivate static let comma = UInt8(ascii: ",")
    fileprivate static let hyphen = UInt8(ascii: "-")
    fileprivate static let dot = UInt8(ascii: ".")
    fileprivate static let colon = UInt8(ascii: ":")
    fileprivate static let semicolon = UInt8(ascii: ";")
    fileprivate static let equals = UInt8(ascii: "=")
    fileprivate static let question = UInt8(ascii: "?")
    fileprivate static let at = UInt8(ascii: "@")
    fileprivate static let backslash = UInt8(ascii: "\\")

    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    fileprivate var isLetter: Bool { isLowercaseLetter || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    fileprivate var isKeyByte: Bool { isLowercaseLetter || isDigit || "_-.*".utf8.contains(self) }
    fileprivate var isTokenByte: Bool { isLetter || isDigit || "!#$%&'*+-.^_`|~:/".utf8.contains(self) }
}
