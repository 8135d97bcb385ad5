/// Text: markup and playlists by how they begin, plain text by holding nothing else.
enum TextSniff {
    static func sniff(_ prefix: SniffPrefix) -> SniffedType? {
        guard let text = textBytes(prefix) else { return nil }
        if text.starts(with: "#EXTM3U".utf8) {
            return .document("application/vnd.apple.mpegurl")
        }
        if text.starts(with: "WEBVTT".utf8) {
            return .document("text/vtt")
        }
        if let markup = MarkupSniff.sniff(text) {
            return markup
        }
        guard isUTF8(text, mayBeCut: !prefix.isWholeFile) else { return nil }
        return .document(isJSONObject(text) ? "application/json" : TypeFamily.textBase)
    }

    /// The text without its byte order mark, in an encoding that agrees with ASCII; nil when it is none.
    private static func textBytes(_ prefix: SniffPrefix) -> [UInt8]? {
        if prefix.has([0xFE, 0xFF], at: 0) {
            return utf8(fromUTF16: prefix, high: 0)
        }
        if prefix.has([0xFF, 0xFE], at: 0) {
            return utf8(fromUTF16: prefix, high: 1)
        }
        guard prefix.hasNoControlBytes else { return nil }
        return Array(prefix.has([0xEF, 0xBB, 0xBF], at: 0) ? prefix.bytes[3...] : prefix.bytes[...])
    }

    /// UTF-16 after its byte order mark, as UTF-8; `high` is where in a pair of bytes the high one stands.
    private static func utf8(fromUTF16 prefix: SniffPrefix, high: Int) -> [UInt8]? {
        let units = stride(from: 2, to: prefix.count - 1, by: 2)
            .map { index in
                UInt16(prefix.bytes[index + high]) << 8 | UInt16(prefix.bytes[index + 1 - high])
            }
        // A surrogate pair may be cut at the end of the prefix.
        let isCut = units.last.map(UTF16.isLeadSurrogate) == true
        guard let text = String(validating: isCut ? units.dropLast() : units[...], as: UTF16.self) else { return nil }
        let bytes = Array(text.utf8)
        return SniffPrefix(bytes).hasNoControlBytes ? bytes : nil
    }

    private static func isUTF8(_ text: [UInt8], mayBeCut: Bool) -> Bool {
        // A character may be cut at the end of the prefix: up to three of its bytes are there.
        let cuts = mayBeCut ? 0...min(3, text.count) : 0...0
        return cuts.contains { String(validating: text.dropLast($0), as: UTF8.self) != nil }
    }

    /// An opening brace and then a quoted key or the closing brace; other JSON reads like any text.
    private static func isJSONObject(_ text: [UInt8]) -> Bool {
        let significant = text.lazy.filter { !$0.isTextWhitespace }
        guard significant.first == UInt8(ascii: "{"), let second = significant.dropFirst().first else { return false }
        return second == UInt8(ascii: "\"") || second == UInt8(ascii: "}")
    }
}

extension UInt8 {
    /// Space, tab, line feed, form feed, carriage return.
    var isTextWhitespace: Bool { [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(self) }
}
