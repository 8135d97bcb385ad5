package import NIOCore

/// Hashes bytes as they pass, and compares at the end with what their sender says of them.
///
/// It computes what the claims ask for, each algorithm once, and nothing where there are none.
package struct DigestCheck: Sendable {
    private let claims: [DigestClaim]
    private var hashers: DigestHashers

    /// Makes a check of these claims, before the first byte.
    package init(_ claims: [DigestClaim]) {
        self.claims = claims
        hashers = DigestHashers(Set(claims.map(\.algorithm)))
    }

    /// Takes the next bytes.
    package mutating func update(_ chunk: ByteBuffer) {
        chunk.withUnsafeReadableBytes { hashers.update($0) }
    }

    /// Takes the next bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hashers.update(bytes)
    }

    /// Throws `digest_mismatch` for the first claim that does not hold for the bytes so far.
    package func verify() throws {
        for claim in claims {
            guard let digest = hashers.digest(by: claim.algorithm) else { continue }
            try claim.verify(against: digest)
        }
    }
}
