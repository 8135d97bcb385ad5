import Glibc

extension SpoolFile {
    /// Throws `digest_mismatch` where the file is not what the claims say of it.
    ///
    /// It costs one more reading of the file: this is for claims that came when the bytes had passed already. Hopping off
    /// the caller keeps a large read from holding up others.
    @concurrent
    func verify(_ claims: [DigestClaim]) async throws {
        var check = DigestCheck(claims)
        try read { check.update($0) }
        try check.verify()
    }

    /// Hands on the file's bytes in their order, until the task is cancelled.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        var position: Int64 = 0
        let end = byteCount
        while position < end {
            try Task.checkCancellation()
            let wanted = Int(min(Int64(chunk.count), end - position))
            let count = chunk.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, wanted, off_t(position)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw SpoolError.unusable("A spool file cannot be read: \(SpoolError.reason(errno))")
            }
            try chunk.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += Int64(count)
        }
    }
}
