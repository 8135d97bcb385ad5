import Glibc

/// The bytes of an open file by offset.
///
/// What is past the end reads as nothing.
struct FileBytes {
    let descriptor: Int32
    let byteCount: Int64

    /// Nil for what is no regular file.
    ///
    /// A confined process may not ask the system about files: this comes before the confinement.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.descriptor = descriptor
        byteCount = Int64(status.st_size)
    }

    /// The bytes of a regular file whose length is known without asking.
    init(regular descriptor: Int32, byteCount: Int64) {
        self.descriptor = descriptor
        self.byteCount = byteCount
    }

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
