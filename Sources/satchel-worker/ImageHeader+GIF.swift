extension ImageHeader {
    /// GIF (89a): the logical screen, and the blocks up to the trailer.
    init?(gif file: ByteView) {
        guard let width = file.number(at: 6, count: 2, bigEndian: false),
            let height = file.number(at: 8, count: 2, bigEndian: false), let flags = file.number(at: 10, count: 1)
        else { return nil }
        self.init(.gif, width: width, height: height)
        var offset = 13 + Self.colorTableByteCount(flags)
        var frames = 0
        var isTransparent = false
        while let introducer = file.number(at: offset, count: 1) {
            if introducer == 0x21 {
                // The graphic control extension: its flags are behind label and length.
                if file.number(at: offset + 1, count: 1) == 0xF9, let flags = file.number(at: offset + 3, count: 1) {
                    isTransparent = isTransparent || flags & 1 != 0
                }
                offset = Self.end(ofBlocks: file, from: offset + 2)
            } else if introducer == 0x2C, let flags = file.number(at: offset + 9, count: 1) {
                frames += 1
                offset = Self.end(ofBlocks: file, from: offset + 11 + Self.colorTableByteCount(flags))
            } else {
                break
            }
        }
        hasAlpha = isTransparent
        isAnimated = frames > 1
        frameCount = isAnimated ? frames : nil
    }

    private static func colorTableByteCount(_ flags: Int) -> Int {
        flags & 0x80 != 0 ? 3 << ((flags & 7) + 1) : 0
    }

    /// Where the sub-blocks that begin at an offset are over.
    private static func end(ofBlocks file: ByteView, from start: Int) -> Int {
        var offset = start
        while let count = file.number(at: offset, count: 1) {
            offset += count + 1
            if count == 0 { break }
        }
        return offset
    }
}
