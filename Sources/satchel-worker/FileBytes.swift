import Glibc

/// Bytes of a file by offset, for reading headers without a decoder.
///
/// What is past the end reads as nothing.
struct FileBytes {
    let descriptor: Int32

    /// Up to `count` bytes at `offset`.
    func read(at offset: Int64, count: Int) -> [UInt8] {
        guard offset >= 0, count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            let received = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            initializedCount = max(received, 0)
        }
    }
}

extension [UInt8] {
    /// The unsigned number in `count` bytes at `offset`; nil where they are not all there.
    func number(at offset: Int, count: Int, bigEndian: Bool = true) -> Int? {
        guard offset >= 0, count <= 4, offset <= self.count - count else { return nil }
        let bytes = self[offset..<offset + count]
        return bigEndian
            ? bytes.reduce(0) { $0 << 8 | Int($1) }
            : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes at `offset` are those of an ASCII text.
    func hasText(_ text: String, at offset: Int = 0) -> Bool {
        offset <= count && self[offset...].starts(with: text.utf8)
    }
}
