/// An EXIF block made by the rules of TIFF 6.0, with a maker's note and a position that are easy to find again.
struct ExifSample {
    var orientation: Int? = 6
    var isBigEndian = true
    var hasPlace = true

    /// What of a block tells the place: 48 degrees, 11 minutes, 4711 hundredths of a second.
    var place: [UInt8] { [48, 1, 11, 1, 4_711, 100].flatMap(long) }

    /// The maker's note, and the maker's name.
    static let makerNote = [UInt8]("SECRET NOTE 0123456789".utf8)
    static let maker = [UInt8]("SECRET MAKER".utf8) + [0]
    /// The JPEG's prefix.
    static let prefix = [UInt8]("Exif\0\0".utf8)

    private enum Tag {
        static let maker = 0x010F
        static let orientation = 0x0112
        static let exif = 0x8769
        static let gps = 0x8825
        static let makerNote = 0x927C
    }

    private struct Entry {
        let tag: Int
        let type: Int
        let count: Int
        /// Its value; what is longer than four bytes goes behind the directory.
        let value: [UInt8]
    }

    /// The block, without JPEG's prefix.
    var tiff: [UInt8] {
        let start = 8
        // Two rounds: how long the first directory is does not depend on the offsets in it.
        let length = first(exif: 0, gps: 0, at: start).count
        let exif = directory(
            [Entry(tag: Tag.makerNote, type: 7, count: Self.makerNote.count, value: Self.makerNote)],
            at: start + length
        )
        let gps = directory(
            [
                Entry(tag: 1, type: 2, count: 2, value: [UInt8(ascii: "N"), 0, 0, 0]),
                Entry(tag: 2, type: 5, count: 3, value: place),
            ],
            at: start + length + exif.count
        )
        let block = first(exif: start + length, gps: start + length + exif.count, at: start) + exif
        return [UInt8]((isBigEndian ? "MM" : "II").utf8) + short(42) + long(start) + block + (hasPlace ? gps : [])
    }

    private func first(exif: Int, gps: Int, at offset: Int) -> [UInt8] {
        var entries = [Entry(tag: Tag.maker, type: 2, count: Self.maker.count, value: Self.maker)]
        if let orientation {
            entries.append(Entry(tag: Tag.orientation, type: 3, count: 1, value: short(orientation) + [0, 0]))
        }
        entries.append(Entry(tag: Tag.exif, type: 4, count: 1, value: long(exif)))
        if hasPlace { entries.append(Entry(tag: Tag.gps, type: 4, count: 1, value: long(gps))) }
        return directory(entries, at: offset)
    }

    private func directory(_ entries: [Entry], at offset: Int) -> [UInt8] {
        var table = short(entries.count)
        var values: [UInt8] = []
        for entry in entries {
            table += short(entry.tag) + short(entry.type) + long(entry.count)
            if entry.value.count == 4 {
                table += entry.value
            } else {
                table += long(offset + 2 + 12 * entries.count + 4 + values.count)
                values += entry.value + [UInt8](repeating: 0, count: entry.value.count % 2)
            }
        }
        return table + long(0) + values
    }

    private func short(_ number: Int) -> [UInt8] { ordered([UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]) }

    private func long(_ number: Int) -> [UInt8] {
        ordered([24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) })
    }

    private func ordered(_ bytes: [UInt8]) -> [UInt8] { isBigEndian ? bytes : bytes.reversed() }
}

/// An XMP packet that tells a place in an attribute and in an element, and a title besides.
enum XMPSample {
    static let prefix = [UInt8]("http://ns.adobe.com/xap/1.0/\0".utf8)
    static let places = ["48,11.785N", "Marienplatz 8"]
    static let title = "A title to keep"
    static let packet = [UInt8](
        """
        <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" exif:GPSLatitude="\(places[0])" dc:title="\(title)">
        <Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li>\(places[1])</rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>
        </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>
        """
        .utf8
    )
}

extension [UInt8] {
    /// Where other bytes first occur.
    func offset(of other: [UInt8], from start: Int = 0) -> Int? {
        guard !other.isEmpty, count >= other.count else { return nil }
        return (start...Swift.max(start, count - other.count))
            .first { $0 + other.count <= count && self[$0..<$0 + other.count].elementsEqual(other) }
    }

    /// Other bytes occur.
    func holds(_ other: [UInt8]) -> Bool { offset(of: other) != nil }

    /// The bytes of a text occur.
    func holds(_ text: String) -> Bool { holds([UInt8](text.utf8)) }

    /// The bytes of a number.
    static func bigEndian(_ number: Int, _ byteCount: Int = 4) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
