import Crypto

/// HMAC-SHA256 (RFC 2104) with a key that is used many times: what depends on the key alone is hashed once.
///
/// Crypto's own `HMAC` can be kept and copied likewise, but is generic, and not compiled for this hash where it is called: that
/// took as long as the hashing.
struct KeyedHash: Sendable {
    /// A hash that has taken the beginning of its message; can be ended many times, each with another end.
    struct Begun: Sendable {
        /// The two hashes of the standard, the inner one with the beginning.
        fileprivate var inner: SHA256
        fileprivate let outer: SHA256

        /// The code of the message that ends so.
        func code(endingWith end: UnsafeRawBufferPointer) -> SHA256.Digest {
            var (inner, outer) = (inner, outer)
            inner.update(bufferPointer: end)
            inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
            return outer.finalize()
        }
    }

    private let empty: Begun

    /// Takes a key of up to one block of SHA-256, 64 bytes.
    init(key: SymmetricKey) {
        precondition(key.bitCount <= 8 * SHA256.blockByteCount, "a longer key would have to be hashed first")
        empty = Begun(
            inner: Self.hash(after: key, exclusiveOr: 0x36),
            outer: Self.hash(after: key, exclusiveOr: 0x5C)
        )
    }

    /// The code of a message.
    func code(for message: [UInt8]) -> SHA256.Digest {
        message.withUnsafeBytes { empty.code(endingWith: $0) }
    }

    /// Takes the beginning that many messages share.
    func begun(with beginning: [UInt8]) -> Begun {
        var begun = empty
        beginning.withUnsafeBytes { begun.inner.update(bufferPointer: $0) }
        return begun
    }

    private static func hash(after key: SymmetricKey, exclusiveOr pad: UInt8) -> SHA256 {
        var block = [UInt8](repeating: pad, count: SHA256.blockByteCount)
        key.withUnsafeBytes { for (index, byte) in $0.enumerated() { block[index] ^= byte } }
        var hash = SHA256()
        hash.update(data: block)
        return hash
    }
}

extension SHA256 {
    /// The hash of an array's bytes, without the way of `hash(data:)` over what is generic.
    static func hash(of bytes: [UInt8]) -> Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }
}
