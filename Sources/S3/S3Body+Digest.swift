import Crypto
import Glibc
import NIOCore

extension S3Body {
    /// The SHA-256 of the body in lower-case hex; nil when the file could not be read to the end of the stretch.
    ///
    /// Hopping off the caller keeps a large read from holding up an actor.
    @concurrent
    func sha256() async -> String? {
        digest(SHA256())
    }

    /// The MD5 of the body in lower-case hex, as most servers give it for an entity tag; nil as for `sha256`.
    @concurrent
    func md5() async -> String? {
        digest(Insecure.MD5())
    }

    private func digest(_ function: some HashFunction) -> String? {
        var hasher = function
        switch self {
        case .bytes(let buffer):
            buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        case .file(let descriptor, let offset, let count):
            guard Self.read(descriptor, from: offset, count: count, into: &hasher) else {
                return nil
            }
        }
        return Self.hex(hasher.finalize())
    }

    private static func read(
        _ descriptor: Int32,
        from offset: Int64,
        count: Int64,
        into hasher: inout some HashFunction
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
            chunk.withUnsafeBytes { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            position += Int64(got)
        }
        return true
    }

    private static func hex(_ digest: some Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
