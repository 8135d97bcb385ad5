import JWTKit

/// The secret that the gateway shares with the app, as a key of HMAC.
struct SharedSecret: Sendable {
    private let verifiers: [TokenAlgorithm: any JWTAlgorithm]

    /// Makes the key for each algorithm that the secret is long enough for.
    init(_ secret: String) async throws {
        var verifiers: [TokenAlgorithm: any JWTAlgorithm] = [:]
        let digests: [TokenAlgorithm: DigestAlgorithm] = [.hs256: .sha256, .hs384: .sha384, .hs512: .sha512]
        for (algorithm, leastSecretBytes) in TokenAlgorithm.symmetric where secret.utf8.count >= leastSecretBytes {
            guard let digest = digests[algorithm] else { continue }
            let key = HMACKey(from: Array(secret.utf8))
            verifiers[algorithm] = try await JWTKeyCollection().add(hmac: key, digestAlgorithm: digest).getKey()
        }
        self.verifiers = verifiers
    }

    /// Whether the secret can be used with the algorithm: it is one of HMAC, and the secret is long enough.
    func fits(_ algorithm: TokenAlgorithm) -> Bool { verifiers[algorithm] != nil }

    /// Whether the code is this secret's of those bytes; compared in constant time.
    func verifies(_ code: [UInt8], of bytes: ArraySlice<UInt8>, by algorithm: TokenAlgorithm) -> Bool {
        guard let verifier = verifiers[algorithm] else { return false }
        return (try? verifier.verify(code, signs: bytes)) ?? false
    }
}
