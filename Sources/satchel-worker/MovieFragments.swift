/// The fragments of an MP4 file (ISO/IEC 14496-12, 8.8): boxes that bring pictures of which the file's header does not know.
enum MovieFragments {
    private static let maxBoxes = 1_000
    /// What is left of a longer file is not looked at.
    private static let maxWalkedBoxes = 4_000_000

    /// There is one among the file's first boxes.
    static func arePresent(in bytes: FileBytes) -> Bool {
        var offset: Int64 = 0
        for _ in 0..<maxBoxes {
            let head = bytes.read(at: offset, count: 16)
            guard head.count >= 8, let short = head.number(at: 0, count: 4) else { return false }
            if head.hasText("moof", at: 4) { return true }
            // 0: up to the end of the file.
            guard short != 0, let next = end(of: head, at: offset), next < bytes.byteCount else { return false }
            offset = next
        }
        return false
    }

    /// Where some box of a file with fragments leads to no other one, a fragment's number does not follow the one before, or data has
    /// no fragment that tells what it is: something is missing, or damaged.
    ///
    /// The demuxer passes over that in silence, and has the packet before it last until the one behind. A file without fragments
    /// lacks none.
    static func areMissing(in bytes: FileBytes) -> Bool {
        guard arePresent(in: bytes) else { return false }
        var offset: Int64 = 0
        var number: Int?
        // The header itself may tell of data before the first fragment.
        var isAnnounced = true
        for _ in 0..<maxWalkedBoxes {
            let head = bytes.read(at: offset, count: 24)
            guard head.count >= 8, let short = head.number(at: 0, count: 4) else { return true }
            if head.hasText("moof", at: 4) {
                // The first box within is the header: its type, version and flags, number (8.8.5).
                guard head.hasText("mfhd", at: 12), let found = head.number(at: 20, count: 4),
                    number.map({ found == $0 + 1 }) ?? (isAnnounced || found <= 1)
                else { return true }
                number = found
                isAnnounced = true
            } else if head.hasText("mdat", at: 4) {
                guard isAnnounced else { return true }
                isAnnounced = false
            }
            guard short != 0 else { return false }
            guard let next = end(of: head, at: offset), next <= bytes.byteCount else { return true }
            guard next < bytes.byteCount else { return false }
            offset = next
        }
        return true
    }

    /// Where the box with such a head ends; nil where its length is none.
    private static func end(of head: [UInt8], at offset: Int64) -> Int64? {
        guard let short = head.number(at: 0, count: 4) else { return nil }
        var length = Int64(short)
        if short == 1 {
            guard let high = head.number(at: 8, count: 4), let low = head.number(at: 12, count: 4) else { return nil }
            length = Int64(high) << 32 | Int64(low)
        }
        let (next, overflows) = offset.addingReportingOverflow(length)
        return length >= 8 && !overflows ? next : nil
    }
}
