/// The segments of a JPEG in front of its first scan (ITU T.81 B.1.1).
struct JPEGSegments: Sequence, IteratorProtocol {
    /// A marker's second byte, and what follows the segment's length.
    struct Segment {
        let marker: Int
        let content: ByteView
    }

    private static let maxCount = 10_000

    private let file: ByteView
    private var offset = 2
    private var count = 0

    init(_ file: ByteView) {
        self.file = file
    }

    mutating func next() -> Segment? {
        while count < Self.maxCount, let mark = nextMark(), let marker = file.number(at: mark + 1, count: 1) {
            count += 1
            // Restart markers and the like stand alone.
            if case 0xD0...0xD8 = marker {
                offset = mark + 2
                continue
            }
            guard let length = file.number(at: mark + 2, count: 2), marker != 0xD9, marker != 0xDA else { return nil }
            offset = mark + 2 + Swift.max(length, 2)
            return Segment(marker: marker, content: file.view(at: mark + 4, count: Swift.max(length, 2) - 2))
        }
        return nil
    }

    /// Some writers leave junk between segments.
    private func nextMark() -> Int? {
        let bytes = file.buffer
        var index = offset
        while index + 1 < bytes.count {
            if bytes[index] == 0xFF, (0xC0...0xFE).contains(bytes[index + 1]) { return index }
            index += 1
        }
        return nil
    }
}
