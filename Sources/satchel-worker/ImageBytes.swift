import Glibc
import Media

/// A picture's encoded bytes in memory: a whole file, or what lay inside another.
///
/// Owns the memory.
final class ImageBytes {
    /// Valid as long as this object.
    let buffer: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps a file, so that nothing is copied.
    ///
    /// Nobody shortens a file that is being worked on; if somebody did, it would end this process and no other.
    init(mapping file: FileBytes) throws(MediaFailure) {
        guard file.byteCount > 0 else {
            buffer = UnsafeRawBufferPointer(start: nil, count: 0)
            isMapped = false
            return
        }
        let count = Int(file.byteCount)
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.descriptor, 0), start != MAP_FAILED else {
            throw MediaFailure.outOfMemory
        }
        buffer = UnsafeRawBufferPointer(start: start, count: count)
        isMapped = true
    }

    /// Copies bytes.
    init(copying bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        buffer = UnsafeRawBufferPointer(copy)
        isMapped = false
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
        } else {
            buffer.deallocate()
        }
    }
}

/// A stretch of a picture's bytes, and what is read from it by offset.
///
/// What is past its end is not there.
struct ByteView {
    let owner: ImageBytes
    private let range: Range<Int>

    /// All bytes.
    init(_ owner: ImageBytes) {
        self.owner = owner
        range = 0..<owner.buffer.count
    }

    private init(_ owner: ImageBytes, _ range: Range<Int>) {
        self.owner = owner
        self.range = range
    }

    var count: Int { range.count }

    /// The bytes themselves, valid as long as `owner`.
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: owner.buffer[range]) }

    /// The stretch of `count` bytes from `offset`, or what there is of it.
    func view(at offset: Int, count: Int = .max) -> ByteView {
        let start = range.lowerBound + min(max(offset, 0), range.count)
        return ByteView(owner, start..<start + min(max(count, 0), range.upperBound - start))
    }

    /// The unsigned number in `count` bytes, at most seven, at `offset`; nil where they are not all there.
    func number(at offset: Int, count: Int, bigEndian: Bool = true) -> Int? {
        guard offset >= 0, (0...7).contains(count), offset <= range.count - count else { return nil }
        var number = 0
        for index in 0..<count {
            let position = offset + (bigEndian ? index : count - 1 - index)
            number = number << 8 | Int(owner.buffer[range.lowerBound + position])
        }
        return number
    }

    /// The bytes at `offset` are these.
    func has(_ bytes: some Sequence<UInt8>, at offset: Int = 0) -> Bool {
        guard offset >= 0, offset <= range.count else { return false }
        return buffer[offset...].starts(with: bytes)
    }

    /// The bytes at `offset` are those of an ASCII text.
    func hasText(_ text: String, at offset: Int = 0) -> Bool {
        has(text.utf8, at: offset)
    }

    /// A copy of the bytes.
    var bytes: [UInt8] { [UInt8](buffer) }
}
