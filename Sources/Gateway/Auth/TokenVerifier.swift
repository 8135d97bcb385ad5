import Crypto
import Foundation
import JWTKit

/// Turns a bearer token into an identity, or refuses it.
struct TokenVerifier: Sendable {
    private let configuration: TokenConfiguration
    private let secret: SharedSecret?
    /// The key set at a URL, where one is configured.
    private let keySet: RemoteKeySet?
    private let known = VerifiedTokens(capacity: 1_024)

    /// A token longer than this is not worth a look, in bytes.
    private static let maxTokenBytes = 16 * 1024

    /// Throws only where the secret is one that the configuration would have refused.
    init(configuration: TokenConfiguration, keySet: RemoteKeySet? = nil) async throws {
        self.configuration = configuration
        self.keySet = keySet
        if let text = configuration.secret { secret = try await SharedSecret(text) } else { secret = nil }
    }

    /// The identity that the token proves at a time: signature, then lifetime, then what issuer and user claims say.
    func identity(of token: String, at now: Date = Date()) async throws(TokenError) -> Identity {
        let claims = try await signedClaims(of: token)
        try checkLifetime(claims, at: now)
        if let issuer = configuration.issuer, claims["iss"] != .text(issuer) {
            throw TokenError.invalid("iss is not the configured issuer")
        }
        if let audience = configuration.audience, claims["aud"]?.names(audience) != true {
            throw TokenError.invalid("aud does not name the configured audience")
        }
        // An app whose refresh tokens carry the same signature (djangorestframework-simplejwt) tells them apart by this claim.
        guard claims["token_type"] != .text("refresh") else {
            throw TokenError.invalid("it is a refresh token")
        }
        let scopes = claims[configuration.scopeClaim]?.words ?? []
        let isService = scopes.contains(configuration.serviceScope)
        let canRead = scopes.contains(configuration.readScope)
        if let userID = claims[configuration.userClaim]?.identifier {
            guard UserIDText.isPossible(userID) else {
                throw TokenError.invalid("\(configuration.userClaim) is no id of \(UserIDText.rule)")
            }
            return Identity(userID: userID, isService: isService, canRead: canRead)
        }
        guard isService else {
            throw TokenError.invalid("\(configuration.userClaim) is no text and no whole number")
        }
        return Identity(userID: "service", isService: true, canRead: canRead)
    }

    private func signedClaims(of token: String) async throws(TokenError) -> ClaimSet {
        guard token.utf8.count <= Self.maxTokenBytes else {
            throw TokenError.invalid("it is too long")
        }
        let bytes = Array(token.utf8)
        let fingerprint = SHA256.hash(data: bytes)
        if let verified = known[fingerprint], isStillGood(verified) { return verified.claims }
        let verified = try await verify(bytes)
        known[fingerprint] = verified
        return verified.claims
    }

    /// Whether the key that signed the token is one still: a later key set may have been read, and not have it.
    private func isStillGood(_ token: VerifiedToken) -> Bool {
        guard let generation = token.generation else { return true }
        return generation == keySet?.keys.generation
    }

    private func verify(_ token: [UInt8]) async throws(TokenError) -> VerifiedToken {
        let (header, claims, signature): (JWTHeader, ClaimSet, Data)
        do {
            (header, claims, signature) = try DefaultJWTParser().parse(token, as: ClaimSet.self)
        } catch {
            throw TokenError.invalid("it is malformed")
        }
        guard let algorithm = header.alg.flatMap(TokenAlgorithm.init), let end = token.lastIndex(of: UInt8(ascii: "."))
        else {
            throw TokenError.invalid("its algorithm is none that can be verified")
        }
        // RFC 7515 section 4.1.11: an extension that is not understood must not be ignored.
        guard !header.fields.keys.contains("crit") else {
            throw TokenError.invalid("it names critical extensions")
        }
        let proof = Proof(signature: Array(signature), bytes: token[..<end], algorithm: algorithm, keyID: header.kid)
        return VerifiedToken(claims: claims, generation: try await check(proof))
    }

    /// Finds the key that made the signature, and returns the generation of the key set where the key is of that.
    ///
    /// An algorithm leads to the keys that it fits, and to no other: a public key is no secret, whatever a token says.
    private func check(_ proof: Proof) async throws(TokenError) -> Int? {
        let (signature, bytes, algorithm) = (proof.signature, proof.bytes, proof.algorithm)
        guard !TokenAlgorithm.symmetric.contains(where: { $0.algorithm == algorithm }) else {
            guard let secret, secret.fits(algorithm) else {
                throw TokenError.invalid("there is no secret long enough for \(algorithm.rawValue)")
            }
            guard secret.verifies(signature, of: bytes, by: algorithm) else {
                throw TokenError.invalid("its signature is not ours")
            }
            return nil
        }
        // A file gives its keys no names, so a token's name for its key says nothing about them.
        if configuration.publicKeys.contains(where: { $0.verifies(signature, of: bytes, by: algorithm) }) {
            return nil
        }
        guard let keySet else {
            throw TokenError.invalid("no public key has signed it with \(algorithm.rawValue)")
        }
        var keys = keySet.keys
        if keys.verifies(signature, of: bytes, by: algorithm, id: proof.keyID) { return keys.generation }
        if keys.mayLack(id: proof.keyID) {
            keys = await keySet.refreshed()
            if keys.verifies(signature, of: bytes, by: algorithm, id: proof.keyID) { return keys.generation }
        }
        throw TokenError.invalid("no key of the key set has signed it with \(algorithm.rawValue)")
    }

    /// What a token brings to prove that it is someone's.
    private struct Proof {
        let signature: [UInt8]
        /// What was signed: the token up to its last full stop (RFC 7515 section 5.2).
        let bytes: ArraySlice<UInt8>
        let algorithm: TokenAlgorithm
        let keyID: String?
    }

    private func checkLifetime(_ claims: ClaimSet, at now: Date) throws(TokenError) {
        let (seconds, leeway) = (now.timeIntervalSince1970, Double(configuration.leeway.components.seconds))
        guard let expiry = claims["exp"]?.seconds else {
            throw TokenError.invalid("exp is missing: a token must expire")
        }
        guard seconds < expiry + leeway else {
            throw TokenError.expired("exp has passed")
        }
        guard let start = claims["nbf"] else { return }
        guard let start = start.seconds, seconds >= start - leeway else {
            throw TokenError.invalid("nbf has not come")
        }
    }
}
