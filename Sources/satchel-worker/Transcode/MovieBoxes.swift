import Media

/// The boxes of an MP4 or QuickTime file (ISO/IEC 14496-12), as far as they tell whether anything of it goes unread.
struct MovieBoxes {
    /// A file of more boxes is not looked at.
    private static let maxBoxes = 100_000
    /// Boxes in which there is nothing to show or hear.
    private static let overhead: Set<String> = [
        "ftyp", "moov", "free", "skip", "wide", "uuid", "meta", "udta", "pnot", "pdin", "sidx",
    ]

    /// There are fragments, or the header announces some.
    private(set) var hasFragments = false
    /// The boxes follow each other to the end of the file, and are those of one film.
    private(set) var isOneFilm = false
    /// How many bytes there are that some stream should have.
    private(set) var payloadByteCount: Int64 = 0

    init(_ bytes: FileBytes) {
        var films = 0
        var headers = 0
        var isOrdered = false
        var offset: Int64 = 0
        for _ in 0..<Self.maxBoxes {
            guard offset < bytes.byteCount else {
                isOrdered = true
                break
            }
            guard let box = Box(bytes, at: offset, before: bytes.byteCount) else { break }
            switch box.name {
            case "ftyp": films += 1
            case "moof": hasFragments = true
            case "moov":
                headers += 1
                // More than one is none to go by.
                if headers == 1, Self.announcesFragments(box, bytes) { hasFragments = true }
            default: break
            }
            // What takes all that is left may hide anything.
            if box.isOpen || !Self.overhead.contains(box.name) { payloadByteCount += box.end - box.body }
            offset = box.end
        }
        // Early QuickTime files have no type.
        isOneFilm = isOrdered && films <= 1 && headers == 1
    }

    /// A header with more boxes than are looked at counts as one that does.
    private static func announcesFragments(_ header: Box, _ bytes: FileBytes) -> Bool {
        var offset = header.body
        for _ in 0..<maxBoxes {
            guard let box = Box(bytes, at: offset, before: header.end) else { return false }
            if box.name == "mvex" { return true }
            offset = box.end
        }
        return true
    }

    private struct Box {
        let name: String
        let body: Int64
        let end: Int64
        /// It tells no length, and goes on to the end.
        let isOpen: Bool

        /// Nil where no box begins, or where it does not end before `limit`.
        init?(_ bytes: FileBytes, at offset: Int64, before limit: Int64) {
            let head = bytes.read(at: offset, count: 16)
            guard head.count >= 8, let short = head.number(at: 0, count: 4) else { return nil }
            name = String(decoding: head[4..<8], as: UTF8.self)
            var headByteCount: Int64 = 8
            var length = Int64(short)
            isOpen = short == 0
            if short == 0 {
                // Up to the end.
                length = limit - offset
            } else if short == 1 {
                guard let high = head.number(at: 8, count: 4), let low = head.number(at: 12, count: 4),
                    high <= Int(Int32.max)
                else { return nil }
                length = Int64(high) << 32 | Int64(low)
                headByteCount = 16
            }
            guard length >= headByteCount, length <= limit - offset else { return nil }
            body = offset + headByteCount
            end = offset + length
        }
    }
}
