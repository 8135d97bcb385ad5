import Crypto

/// What a signature says about the body.
package enum PayloadHash: Sendable, Equatable {
    /// The SHA-256 of the body, 64 lower-case hexadecimal digits.
    case sha256(hex: String)
    /// The signature does not cover the body (`UNSIGNED-PAYLOAD`).
    case unsigned
    /// There is no body.
    case empty

    /// The value of `x-amz-content-sha256`, which also ends the canonical request.
    package var headerValue: String {
        switch self {
        case .sha256(let hex): hex
        case .unsigned: "UNSIGNED-PAYLOAD"
        case .empty: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        }
    }

    /// The hash of a body that is in memory.
    package static func of(_ bytes: some Sequence<UInt8>) -> PayloadHash {
        var hasher = SHA256()
        // The pointer is read within the call only; it spares copying a large body.
        let hashed: Void? = bytes.withContiguousStorageIfAvailable {
            hasher.update(bufferPointer: UnsafeRawBufferPointer($0))
        }
        if hashed == nil {
            hasher.update(data: Array(bytes))
        }
        var hex: [UInt8] = []
        hex.append(hexOf: hasher.finalize())
        return .sha256(hex: String(decoding: hex, as: UTF8.self))
    }
}
