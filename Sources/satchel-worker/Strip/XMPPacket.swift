/// XMP, which is XML (ISO 16684-1): freed of places by spaces in their stead, so that no byte moves.
enum XMPPacket {
    /// The namespace by which a packet is told in other bytes.
    static let namespace = [UInt8]("http://ns.adobe.com/x".utf8)
    private static let space = UInt8(ascii: " ")
    private static let empty = [UInt8]("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>".utf8)

    /// An empty packet in so many bytes.
    static func blank(_ byteCount: Int) -> [UInt8] {
        let start = empty.count <= byteCount ? empty : []
        return start + [UInt8](repeating: space, count: byteCount - start.count)
    }

    /// The packet without attributes and elements that tell a place; an empty one where it is not sound XML in UTF-8.
    static func withoutPlaces(_ packet: [UInt8]) -> [UInt8] {
        // Some writers end it with zeros.
        let end = (packet.lastIndex { $0 != 0 } ?? -1) + 1
        let text = [UInt8](packet[..<end])
        var scanner = XMLScanner(text: text)
        guard !text.contains(0), let ranges = scanner.placeRanges() else { return blank(packet.count) }
        var result = packet
        for index in ranges.joined() { result[index] = space }
        return result
    }
}

/// Finds the attributes and elements of an XML text whose names tell a place.
private struct XMLScanner {
    let text: [UInt8]
    private var index = 0
    private var ranges: [Range<Int>] = []
    private var depth = 0
    /// Where the element that is to go begins, and how deep it lies; what is in it goes with it.
    private var doomed: (start: Int, depth: Int)?

    private static let maxDepth = 1_000

    init(text: [UInt8]) {
        self.text = text
    }

    /// In the order of the text; nil where it is not sound.
    mutating func placeRanges() -> [Range<Int>]? {
        while let start = text[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = start + 1
            let isRead =
                if skip("!--") {
                    skipPast("-->")
                } else if skip("![CDATA[") {
                    skipPast("]]>")
                } else if skip("?") {
                    skipPast("?>")
                } else if skip("/") {
                    skipPast(">") && close()
                } else {
                    open(from: start)
                }
            guard isRead else { return nil }
        }
        return depth == 0 && doomed == nil ? ranges : nil
    }

    private mutating func open(from start: Int) -> Bool {
        let name = takeName()
        guard !name.isEmpty, depth < Self.maxDepth else { return false }
        let isPlace = doomed == nil && LocationWords.isName(name)
        var attributes: [Range<Int>] = []
        while true {
            skipSpace()
            if skip("/>") {
                if isPlace {
                    ranges.append(start..<index)
                } else if doomed == nil {
                    ranges += attributes
                }
                return true
            }
            if skip(">") {
                depth += 1
                if isPlace {
                    doomed = (start, depth)
                } else if doomed == nil {
                    ranges += attributes
                }
                return true
            }
            guard let attribute = takeAttribute() else { return false }
            if attribute.isPlace { attributes.append(attribute.range) }
        }
    }

    private mutating func close() -> Bool {
        if let element = doomed, element.depth == depth {
            ranges.append(element.start..<index)
            doomed = nil
        }
        depth -= 1
        return depth >= 0
    }

    private mutating func takeAttribute() -> (range: Range<Int>, isPlace: Bool)? {
        let start = index
        let name = takeName()
        skipSpace()
        guard !name.isEmpty, skip("=") else { return nil }
        skipSpace()
        guard index < text.count, text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "'"),
            let end = text[(index + 1)...].firstIndex(of: text[index])
        else { return nil }
        index = end + 1
        // A namespace is declared by an attribute, whose name is of no interest then.
        return (start..<index, !name.starts(with: "xmlns".utf8) && LocationWords.isName(name))
    }

    private mutating func takeName() -> ArraySlice<UInt8> {
        let start = index
        while index < text.count, !Self.endsName(text[index]) { index += 1 }
        return text[start..<index]
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 0x20 || [UInt8(ascii: "="), UInt8(ascii: "/"), UInt8(ascii: ">"), UInt8(ascii: "<")].contains(byte)
            || [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "&")].contains(byte)
    }

    private mutating func skipSpace() {
        while index < text.count, text[index] <= 0x20 { index += 1 }
    }

    private mutating func skip(_ token: String) -> Bool {
        guard text.holds(token.utf8, at: index) else { return false }
        index += token.utf8.count
        return true
    }

    /// Moves behind the next `token`; false where there is none.
    private mutating func skipPast(_ token: String) -> Bool {
        while index < text.count {
            if skip(token) { return true }
            index += 1
        }
        return false
    }
}
