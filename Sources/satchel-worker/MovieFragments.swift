/// The fragments of an MP4 file (ISO/IEC 14496-12, 8.8): boxes that bring pictures of which the file's header does not know.
enum MovieFragments {
    private static let maxBoxes = 1_000

    /// There is one among the file's first boxes.
    static func arePresent(in bytes: FileBytes) -> Bool {
        var offset: Int64 = 0
        for _ in 0..<maxBoxes {
            let head = bytes.read(at: offset, count: 16)
            guard head.count >= 8, let short = head.number(at: 0, count: 4) else { return false }
            if head.hasText("moof", at: 4) { return true }
            let length: Int64
            switch short {
            case 0:
                // Up to the end of the file.
                return false
            case 1:
                guard let high = head.number(at: 8, count: 4), let low = head.number(at: 12, count: 4) else {
                    return false
                }
                length = Int64(high) << 32 | Int64(low)
            default:
                length = Int64(short)
            }
            let (next, overflows) = offset.addingReportingOverflow(length)
            guard length >= 8, !overflows, next < bytes.byteCount else { return false }
            offset = next
        }
        return false
    }
}
