/// Words by which places are told in metadata that is not understood any further.
enum LocationWords {
    /// Parts of the names of properties, keys and elements.
    private static let nameParts = ["gps", "latitude", "longitude", "longtitude", "location", "iso6709", "coordinates"]
        .map { [UInt8]($0.utf8) }
    /// Whole names (IPTC Photo Metadata Standard; Dublin Core).
    private static let names: Set<String> = [
        "city", "state", "provincestate", "country", "countrycode", "countryname", "worldregion", "coverage", "geotag",
    ]

    /// Found in any bytes, whatever their case.
    private static let words = [
        "latitude", "longitude", "longtitude", "gpslat", "gpslon", "gpspos", "gpscoord", "gps(", "gps (", "iso6709",
        "freegps", "$gprmc", "$gpgga", "$gnrmc", "$gngga", "geo:lat", "geo:lon",
    ]
    .map { [UInt8]($0.utf8) }
    /// Found in any bytes, exactly so: QuickTime's text of a position, GoPro's records of them, and EXIF.
    private static let marks: [[UInt8]] =
        [[0xA9, 0x78, 0x79, 0x7A]] + ["GPS5", "GPS9", "GPSU", "GPSP", "Exif\0\0"].map { [UInt8]($0.utf8) }

    /// How far windows that are searched one after the other must overlap.
    static let longest = 10

    /// A name of a property that tells a place; the prefix of its namespace may stand before it.
    static func isName(_ name: some Sequence<UInt8>) -> Bool {
        let local = name.split(separator: UInt8(ascii: ":")).last.map { $0.map(lowercased) } ?? []
        if names.contains(String(decoding: local, as: UTF8.self)) { return true }
        return nameParts.contains { part in local.indices.contains { local[$0...].starts(with: part) } }
    }

    static func appear(in bytes: [UInt8]) -> Bool {
        for index in bytes.indices where starters[Int(bytes[index])] {
            if marks.contains(where: { bytes.holds($0, at: index) }) { return true }
            if words.contains(where: { matches(bytes, $0, at: index) }) { return true }
        }
        return false
    }

    /// The bytes that a word or mark may begin with.
    private static let starters: [Bool] = {
        var starters = [Bool](repeating: false, count: 256)
        for first in (words + marks).compactMap(\.first) {
            starters[Int(first)] = true
            starters[Int(uppercased(first))] = true
        }
        return starters
    }()

    private static func matches(_ bytes: [UInt8], _ word: [UInt8], at offset: Int) -> Bool {
        guard offset <= bytes.count - word.count else { return false }
        return word.indices.allSatisfy { lowercased(bytes[offset + $0]) == word[$0] }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & ~0x20 : byte
    }
}

extension StripReader {
    /// Words that tell a place appear somewhere in a range.
    func tellsPlace(_ range: Range<Int64>) throws(StripError) -> Bool {
        var found = false
        try eachWindow(of: range, overlap: LocationWords.longest) { _, bytes in
            found = LocationWords.appear(in: bytes)
            return !found
        }
        return found
    }
}
