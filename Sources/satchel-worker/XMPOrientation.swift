/// The orientation in the XMP packet of a PNG, which had no place for EXIF before its third edition.
enum XMPOrientation {
    /// The keyword of the `iTXt` chunk that holds a packet (XMP specification part 3, 1.1.5).
    static let keyword = [UInt8]("XML:com.adobe.xmp\0".utf8)
    private static let property = [UInt8]("tiff:Orientation".utf8)
    private static let maxPacketByteCount = 1 << 20

    /// The number as EXIF has it, 1 to 8, from an attribute or an element; nil where the content of the chunk tells none.
    static func value(inTextChunk content: some RandomAccessCollection<UInt8>) -> Int? {
        guard content.starts(with: keyword), content.count <= maxPacketByteCount else { return nil }
        let text = [UInt8](content)
        // Not compressed.
        guard text.count > keyword.count, text[keyword.count] == 0 else { return nil }
        let starts = text.indices.lazy.filter { text[$0] == property[0] && text[$0...].starts(with: property) }
        guard let start = starts.first else { return nil }
        // ="6", = '6' or >6: what is between is punctuation and white space.
        for byte in text[(start + property.count)...].prefix(16) {
            switch byte {
            case UInt8(ascii: "1")...UInt8(ascii: "8"): return Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"), 0x09, 0x0A, 0x0D, 0x20:
                continue
            default: return nil
            }
        }
        return nil
    }
}
