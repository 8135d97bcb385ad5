import Glibc

/// The tracks of an ISO media file that is all there, wherever in it the index lies (ISO/IEC 14496-12).
///
/// Reads the headers of a bounded number of boxes, and the handlers' types. An index that makes no sense tells nothing.
struct ISOMediaIndex {
    /// The boxes that lead to what a track is, from the outermost in.
    private static let path = ["moov", "trak", "mdia", "hdlr"]
    private static let maxBoxCount = 4_096

    private let descriptor: Int32
    private var boxCount = 0
    private var hasPicture = false
    private var hasSound = false

    /// Whether the file has an index that tells of sound and of no picture.
    static func holdsSoundAlone(descriptor: Int32, byteCount: Int64) -> Bool {
        var index = ISOMediaIndex(descriptor: descriptor)
        return index.walk(0..<max(byteCount, 0), level: 0) && index.hasSound && !index.hasPicture
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Follows the path through the boxes of a range; false where one is broken, or at the top the index is missing.
    private mutating func walk(_ range: Range<Int64>, level: Int) -> Bool {
        var offset = range.lowerBound
        // Fewer bytes are no box: some writers end a list with four zeros.
        while range.upperBound - offset >= 8 {
            guard let box = readBox(at: offset, in: range) else { return false }
            if box.type == Self.path[level] {
                if level == Self.path.count - 1 {
                    noteHandler(in: box.content)
                } else if !walk(box.content, level: level + 1) {
                    return false
                }
                // What counts is the first index; the media's own bytes may lie behind it.
                if level == 0 { return true }
            }
            offset = box.content.upperBound
        }
        return level > 0
    }

    /// A box that lies within the range; nil where its size says otherwise, or too many were read.
    private mutating func readBox(at offset: Int64, in range: Range<Int64>) -> (type: String?, content: Range<Int64>)? {
        boxCount += 1
        let header = SniffPrefix(bytes(at: offset, count: 16))
        guard boxCount <= Self.maxBoxCount, var size = header.bigEndian(at: 0, byteCount: 4) else { return nil }
        let room = UInt64(range.upperBound - offset)
        var headerByteCount: Int64 = 8
        if size == 1 {
            guard let large = header.bigEndian(at: 8, byteCount: 8) else { return nil }
            size = large
            headerByteCount = 16
        } else if size == 0 {
            // It goes on to the end of what it is in.
            size = room
        }
        guard size >= UInt64(headerByteCount), size <= room else { return nil }
        let end = offset + Int64(size)
        return (header.ascii(at: 4, byteCount: 4), offset + headerByteCount..<end)
    }

    /// The handler's type stands behind a version, flags and a number that is not used.
    private mutating func noteHandler(in content: Range<Int64>) {
        guard content.upperBound - content.lowerBound >= 12 else { return }
        let type = SniffPrefix(bytes(at: content.lowerBound + 8, count: 4))
        if type.has("vide", at: 0) { hasPicture = true }
        if type.has("soun", at: 0) { hasSound = true }
    }

    /// Up to `count` bytes at an offset; fewer at the file's end.
    private func bytes(at offset: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            var received: Int
            repeat {
                received = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            } while received < 0 && errno == EINTR
            initializedCount = max(received, 0)
        }
    }
}
