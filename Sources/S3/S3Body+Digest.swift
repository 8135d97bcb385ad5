import Crypto
import Glibc
import NIOCore
import SigV4

extension S3Body {
    /// What is asked for of the body, over one pass; nil when the file could not be read to the end of the stretch.
    ///
    /// Hopping off the caller keeps a large read from holding up an actor.
    @concurrent
    func digests(sha256 wantsSHA256: Bool, crc32c wantsCRC32C: Bool) async -> S3BodyDigests? {
        var sha256 = wantsSHA256 ? SHA256() : nil
        var crc32c = wantsCRC32C ? CRC32C() : nil
        let isWhole = forEachChunk { bytes in
            sha256?.update(bufferPointer: bytes)
            crc32c?.update(bytes)
        }
        guard isWhole else { return nil }
        return S3BodyDigests(sha256: sha256.map { String(hexOf: $0.finalize()) }, crc32c: crc32c)
    }

    /// The MD5 of the body in lower-case hex, as most servers give it for an entity tag; nil as for `digests`.
    @concurrent
    func md5() async -> String? {
        var md5 = Insecure.MD5()
        guard forEachChunk({ md5.update(bufferPointer: $0) }) else { return nil }
        return String(hexOf: md5.finalize())
    }

    private func forEachChunk(_ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
        switch self {
        case .bytes(let buffer):
            buffer.withUnsafeReadableBytes(take)
            return true
        case .file(let descriptor, let offset, let count):
            return Self.read(descriptor, from: offset, count: count, take)
        }
    }

    private static func read(
        _ descriptor: Int32,
        from offset: Int64,
        count: Int64,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        var chunk = [UInt8](repeating: 0, count: Int(min(max(count, 1), 256 * 1024)))
        var position = offset
        let end = offset + count
        while position < end {
            let wanted = Int(min(Int64(chunk.count), end - position))
            let got = chunk.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, wanted, off_t(position)) }
            if got < 0, errno == EINTR {
                continue
            }
            guard got > 0 else {
                return false
            }
            chunk.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            position += Int64(got)
        }
        return true
    }
}
