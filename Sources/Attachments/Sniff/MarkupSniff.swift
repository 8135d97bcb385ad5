/// HTML, SVG and other XML by the first element, past declarations and comments.
enum MarkupSniff {
    static func sniff(_ text: [UInt8]) -> SniffedType? {
        var reader = MarkupReader(text: text)
        var isXML = false
        while true {
            reader.skipWhitespace()
            if reader.skip("<?") {
                isXML = isXML || reader.starts(with: "xml")
                guard reader.skipPast("?>") else { break }
            } else if reader.skip("<!--") {
                guard reader.skipPast("-->") else { break }
            } else if reader.skip("<!doctype") {
                reader.skipWhitespace()
                if let type = named(reader.name()) { return type }
                isXML = true
                guard reader.skipDoctype() else { break }
            } else {
                break
            }
        }
        guard reader.skip("<") else { return isXML ? .document(TypeFamily.xmlBase) : nil }
        let name = reader.name()
        if let type = named(name) { return type }
        guard !isXML else { return .document(TypeFamily.xmlBase) }
        return htmlElements.contains(name) && reader.isAtEndOfName ? .document("text/html") : nil
    }

    private static func named(_ name: String) -> SniffedType? {
        switch name {
        case "html": .document("text/html")
        case "svg": .vectorGraphic
        case "mpd": .document("application/dash+xml")
        default: nil
        }
    }

    /// Elements that a page may begin with (WHATWG MIME Sniffing, section 7.1).
    private static let htmlElements: Set<String> = [
        "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
        "meta", "link", "img", "form", "object", "embed",
    ]
}

/// A place in markup.
private struct MarkupReader {
    let text: [UInt8]
    var index = 0

    private var current: UInt8? { index < text.count ? text[index] : nil }

    /// Whether a tag's name ends here, rather than going on with a letter that no name has.
    var isAtEndOfName: Bool {
        guard let byte = current else { return false }
        return byte.isTextWhitespace || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
    }

    mutating func skipWhitespace() {
        while let byte = current, byte.isTextWhitespace {
            index += 1
        }
    }

    /// Whether the text goes on with `token`, written in lower case, in either case.
    func starts(with token: String) -> Bool {
        text[index...].prefix(token.utf8.count).map(Self.lowercased).elementsEqual(token.utf8)
    }

    mutating func skip(_ token: String) -> Bool {
        guard starts(with: token) else { return false }
        index += token.utf8.count
        return true
    }

    /// Moves behind the next `token`, or to the end when there is none.
    mutating func skipPast(_ token: String) -> Bool {
        while index < text.count {
            if skip(token) { return true }
            index += 1
        }
        return false
    }

    /// Moves behind a document type, whose internal subset holds angle brackets of its own.
    mutating func skipDoctype() -> Bool {
        var isInSubset = false
        while let byte = current {
            index += 1
            switch byte {
            case UInt8(ascii: "["): isInSubset = true
            case UInt8(ascii: "]"): isInSubset = false
            case UInt8(ascii: ">") where !isInSubset: return true
            default: break
            }
        }
        return false
    }

    /// A name in lower case, without its namespace prefix.
    mutating func name() -> String {
        let start = index
        while let byte = current, Self.isNameByte(byte) {
            index += 1
        }
        let name = text[start..<index].map(Self.lowercased)
        return String(decoding: name.split(separator: UInt8(ascii: ":")).last ?? [], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
