import JWTKit

/// A public key, with what checks signatures by it for each algorithm that fits it.
///
/// What fits is decided by the key alone, before any token is seen. So a token cannot choose an algorithm that the key is not
/// for, and a public key is never the secret of an HMAC.
package struct VerificationKey: Sendable {
    /// The `kid` by which tokens name it; nil where it has none.
    let id: String?
    private let verifiers: [TokenAlgorithm: any JWTAlgorithm]

    private init(id: String?, verifiers: [TokenAlgorithm: any JWTAlgorithm]) {
        self.id = id
        self.verifiers = verifiers
    }

    /// The algorithms that the key may be used with.
    var algorithms: Set<TokenAlgorithm> { Set(verifiers.keys) }

    /// Whether the signature is this key's of those bytes; false for an algorithm that does not fit the key.
    func verifies(_ signature: [UInt8], of bytes: ArraySlice<UInt8>, by algorithm: TokenAlgorithm) -> Bool {
        // What is thrown is that the signature has not even the right length.
        guard let verifier = verifiers[algorithm] else { return false }
        return (try? verifier.verify(signature, signs: bytes)) ?? false
    }

    /// The key for the algorithm that its owner has bound it to; nil where that does not fit.
    func bound(to algorithm: TokenAlgorithm) -> VerificationKey? {
        let isEdwards = algorithm == .edDSA || algorithm == .ed25519
        let names: Set<TokenAlgorithm> = isEdwards ? [.edDSA, .ed25519] : [algorithm]
        let kept = verifiers.filter { names.contains($0.key) }
        return kept.isEmpty ? nil : VerificationKey(id: id, verifiers: kept)
    }

    // The library makes what checks signatures only inside of a collection of keys. Each gets a collection of its own, for
    // one with several keys falls back to another key where a name is unknown.

    static func rsa(_ key: Insecure.RSA.PublicKey, id: String? = nil) async throws -> VerificationKey {
        var verifiers: [TokenAlgorithm: any JWTAlgorithm] = [:]
        for (digest, name) in [(DigestAlgorithm.sha256, "256"), (.sha384, "384"), (.sha512, "512")] {
            if let algorithm = TokenAlgorithm(rawValue: "RS\(name)") {
                verifiers[algorithm] = try await JWTKeyCollection().add(rsa: key, digestAlgorithm: digest).getKey()
            }
            if let algorithm = TokenAlgorithm(rawValue: "PS\(name)") {
                verifiers[algorithm] = try await JWTKeyCollection().add(pss: key, digestAlgorithm: digest).getKey()
            }
        }
        return VerificationKey(id: id, verifiers: verifiers)
    }

    static func ecdsa(
        _ key: some ECDSAKey,
        _ algorithm: TokenAlgorithm,
        id: String? = nil
    ) async throws -> VerificationKey {
        let verifier = try await JWTKeyCollection().add(ecdsa: key).getKey()
        return VerificationKey(id: id, verifiers: [algorithm: verifier])
    }

    static func edwards(_ key: EdDSA.PublicKey, id: String? = nil) async throws -> VerificationKey {
        let verifier = try await JWTKeyCollection().add(eddsa: key).getKey()
        return VerificationKey(id: id, verifiers: [.edDSA: verifier, .ed25519: verifier])
    }
}
