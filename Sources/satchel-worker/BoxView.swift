/// The boxes of ISO files (ISO/IEC 14496-12, 4.2) and their kin.
struct BoxView {
    let type: String
    let content: ByteView

    private static let maxBoxes = 10_000

    /// The boxes that lie one behind the other in a stretch of bytes, up to the first that is broken.
    static func all(in bytes: ByteView) -> [BoxView] {
        var boxes: [BoxView] = []
        var offset = 0
        while boxes.count < maxBoxes, let size = bytes.number(at: offset, count: 4), bytes.count - offset >= 8 {
            var headerByteCount = 8
            var byteCount = size
            if size == 1 {
                // Seven bytes are more than any file has; the first of the eight is then zero.
                guard bytes.number(at: offset + 8, count: 1) == 0, let large = bytes.number(at: offset + 9, count: 7)
                else { break }
                headerByteCount = 16
                byteCount = large
            } else if size == 0 {
                byteCount = bytes.count - offset
            }
            guard byteCount >= headerByteCount else { break }
            boxes.append(
                BoxView(
                    type: String(decoding: bytes.view(at: offset + 4, count: 4).buffer, as: UTF8.self),
                    content: bytes.view(at: offset + headerByteCount, count: byteCount - headerByteCount)
                )
            )
            guard byteCount <= bytes.count - offset else { break }
            offset += byteCount
        }
        return boxes
    }

    /// The content of the first box of a type.
    static func first(_ type: String, in bytes: ByteView) -> ByteView? {
        all(in: bytes).first { $0.type == type }?.content
    }
}
