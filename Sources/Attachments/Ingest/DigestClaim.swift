/// The hash functions that a client may name a digest by; the raw value is the name in the registry of RFC 9530.
package enum DigestAlgorithm: String, Sendable, CaseIterable {
    case md5
    case sha1 = "sha"
    case sha256 = "sha-256"
    case sha512 = "sha-512"

    /// The length of a digest in bytes.
    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The name as people write it.
    fileprivate var title: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA-1"
        case .sha256: "SHA-256"
        case .sha512: "SHA-512"
        }
    }
}

/// What a client says the digest of its bytes is.
package struct DigestClaim: Sendable, Equatable {
    /// The header or field that says so, as the client knows it.
    package let source: String
    /// What the digest is computed by.
    package let algorithm: DigestAlgorithm
    /// The digest; as long as the algorithm makes it.
    package let digest: [UInt8]

    /// Makes a claim.
    package init(source: String, algorithm: DigestAlgorithm, digest: [UInt8]) {
        self.source = source
        self.algorithm = algorithm
        self.digest = digest
    }

    /// Throws `digest_mismatch` where the bytes that arrived have another digest.
    func verify(against arrived: [UInt8]) throws {
        guard arrived == digest else {
            throw AttachmentError(
                .digestMismatch,
                "What arrived has another \(algorithm.title) than \(source) says. Nothing was kept; send it again."
            )
        }
    }
}
