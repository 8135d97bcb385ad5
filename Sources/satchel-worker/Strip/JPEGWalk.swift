/// The parts of a JPEG file from its SOI to its EOI, in the order of the file (ITU T.81, annex B).
///
/// What stands where a marker is expected and is none is skipped, as decoders do.
struct JPEGWalk {
    /// A part of the file.
    enum Part: Equatable {
        /// A marker with a length and a payload; the range begins with the marker's 0xFF.
        case segment(marker: UInt8, range: Range<Int64>, payload: Range<Int64>)
        /// A marker alone.
        case mark(UInt8, Range<Int64>)
        /// Entropy-coded data.
        case scan(Range<Int64>)
        /// What no decoder looks at.
        case junk(Range<Int64>)
    }

    private enum Marker {
        static let temporary: UInt8 = 0x01
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7
        static let startOfImage: UInt8 = 0xD8
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
    }

    private let reader: StripReader
    /// Where the next part begins; behind the EOI at the end.
    private(set) var offset: Int64
    private(set) var isAtEnd = false
    private var isInScan = false
    private var window: [UInt8] = []
    private var windowOffset: Int64 = 0

    /// Begins at an SOI.
    init(_ reader: StripReader, at start: Int64) throws(StripError) {
        self.reader = reader
        guard try reader.bytes(at: start, upTo: 2) == [0xFF, Marker.startOfImage] else {
            throw StripError(.unsupported, "This is no JPEG.")
        }
        offset = start + 2
    }

    /// The next part; nil behind the EOI, or where the file ends without one.
    mutating func next() throws(StripError) -> Part? {
        guard !isAtEnd else { return nil }
        guard let (mark, marker) = try nextMarker() else {
            isAtEnd = true
            let rest = offset..<reader.byteCount
            offset = reader.byteCount
            guard !rest.isEmpty else { return nil }
            return isInScan ? .scan(rest) : .junk(rest)
        }
        if mark > offset {
            let skipped = offset..<mark
            offset = mark
            let part: Part = isInScan ? .scan(skipped) : .junk(skipped)
            isInScan = false
            return part
        }
        isInScan = false
        return try part(marker)
    }

    private mutating func part(_ marker: UInt8) throws(StripError) -> Part {
        let start = offset
        switch marker {
        case Marker.startOfImage:
            throw StripError(.malformed, "One JPEG begins inside another.")
        case Marker.temporary, Marker.restarts, Marker.endOfImage:
            offset += 2
            isAtEnd = marker == Marker.endOfImage
            return .mark(marker, start..<offset)
        default:
            guard let length = try reader.bytes(at: start + 2, upTo: 2).unsigned(at: 0, 2), length >= 2 else {
                throw StripError(.malformed, "A segment of the JPEG has no length.")
            }
            // Cut off in the middle of a segment, the file ends with it.
            offset = min(start + 2 + length, reader.byteCount)
            isInScan = marker == Marker.startOfScan
            return .segment(marker: marker, range: start..<offset, payload: min(start + 4, offset)..<offset)
        }
    }

    /// The next marker that is one: a 0xFF with what is neither another one nor, in a scan, a stuffed or restarting byte.
    private mutating func nextMarker() throws(StripError) -> (offset: Int64, marker: UInt8)? {
        var place = offset
        while try load(place) {
            let index = Int(place - windowOffset)
            guard let found = window[index...].firstIndex(of: 0xFF) else {
                place = windowOffset + Int64(window.count)
                continue
            }
            place = windowOffset + Int64(found)
            guard try load(place + 1) else { return nil }
            let marker = window[Int(place + 1 - windowOffset)]
            if marker == 0xFF {
                place += 1
            } else if marker == 0 || isInScan && Marker.restarts.contains(marker) {
                place += 2
            } else {
                return (place, marker)
            }
        }
        return nil
    }

    /// Sees to it that the window holds a byte; false past the end.
    private mutating func load(_ place: Int64) throws(StripError) -> Bool {
        if place >= windowOffset, place < windowOffset + Int64(window.count) { return true }
        guard place < reader.byteCount else { return false }
        window = try reader.bytes(at: place, upTo: StripReader.windowByteCount)
        windowOffset = place
        return true
    }
}
