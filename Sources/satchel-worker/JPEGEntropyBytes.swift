import Glibc

/// The entropy-coded bytes of a JPEG's scan (ITU T.81 B.1.1.5), piece by piece and without their stuffing.
///
/// Owns the memory. What lies behind the bytes of a piece may be read, up to `slack`, and is anything.
final class JPEGEntropyBytes {
    /// More than what belongs together can have, and eight bytes.
    static let slack = 4_096
    private static let capacity = 1 << 16

    private let file: UnsafeRawBufferPointer
    /// Keeps `file` valid.
    private let owner: ImageBytes
    private var offset: Int

    let start: UnsafeMutablePointer<UInt8>
    /// Behind the last byte of the piece.
    private(set) var end: UnsafeMutablePointer<UInt8>
    /// A marker, or the file's end, follows the piece.
    private(set) var isLast = false

    /// Begins at an offset in the file.
    init(_ file: ByteView, from offset: Int) {
        self.file = file.buffer
        owner = file.owner
        self.offset = offset
        start = .allocate(capacity: Self.capacity + Self.slack)
        start.initialize(repeating: 0, count: Self.capacity + Self.slack)
        end = start
        fill()
    }

    deinit {
        start.deallocate()
    }

    /// What begins before this byte has all its bytes in this piece, or there are no more.
    var limit: UnsafeMutablePointer<UInt8> { isLast ? end : end - Self.slack }

    /// Moves the bytes from `next` on to the start and fills up behind them.
    func advance(to next: UnsafePointer<UInt8>) {
        let count = max(UnsafePointer(end) - next, 0)
        memmove(start, next, count)
        end = start + count
        fill()
    }

    /// Goes on behind the restart marker of that number; false where another one follows, or none.
    func restart(_ number: Int) -> Bool {
        guard isLast, offset + 1 < file.count, file[offset] == 0xFF, Int(file[offset + 1]) == 0xD0 + number else {
            return false
        }
        offset += 2
        end = start
        isLast = false
        fill()
        return true
    }

    private func fill() {
        guard let bytes = file.baseAddress else { return isLast = true }
        while !isLast, end < start + Self.capacity {
            let count = min(start + Self.capacity - end, file.count - offset)
            let mark = memchr(bytes + offset, 0xFF, count)
            let run = mark.map { UnsafeRawPointer($0) - (bytes + offset) } ?? count
            memcpy(end, bytes + offset, run)
            end += run
            offset += run
            if mark != nil, offset + 1 < file.count, file[offset + 1] == 0 {
                // A byte of ones has a zero behind it, to tell it from a marker.
                end.pointee = 0xFF
                end += 1
                offset += 2
            } else if mark != nil || offset == file.count {
                isLast = true
            }
        }
    }
}
