import Crypto
import Foundation
import JWTKit

/// Turns a bearer token into an identity, or refuses it.
struct TokenVerifier: Sendable {
    private let configuration: TokenConfiguration
    /// Holds the one shared secret and nothing else, so that no `kid` can lead to another key.
    private let keys: JWTKeyCollection
    private let known = VerifiedTokens(capacity: 1_024)

    /// A token longer than this is not worth a look, in bytes.
    private static let maxTokenBytes = 16 * 1024
    private static let maxUserIDBytes = 255

    init(configuration: TokenConfiguration) async {
        self.configuration = configuration
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: Array(configuration.secret.utf8)), digestAlgorithm: .sha256)
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
        let isService = claims[configuration.scopeClaim]?.words.contains(configuration.serviceScope) == true
        if let userID = claims[configuration.userClaim]?.identifier {
            guard userID.utf8.count <= Self.maxUserIDBytes else {
                throw TokenError.invalid("\(configuration.userClaim) is too long")
            }
            return Identity(userID: userID, isService: isService)
        }
        guard isService else {
            throw TokenError.invalid("\(configuration.userClaim) is no text and no whole number")
        }
        return Identity(userID: "service", isService: true)
    }

    private func signedClaims(of token: String) async throws(TokenError) -> ClaimSet {
        guard token.utf8.count <= Self.maxTokenBytes else {
            throw TokenError.invalid("it is too long")
        }
        let fingerprint = SHA256.hash(data: Array(token.utf8))
        if let claims = known[fingerprint] { return claims }
        let claims = try await verifiedClaims(of: token)
        known[fingerprint] = claims
        return claims
    }

    private func verifiedClaims(of token: String) async throws(TokenError) -> ClaimSet {
        do {
            let header = try DefaultJWTParser().parse(Array(token.utf8), as: ClaimSet.self).header
            // jwt-kit verifies with the key's algorithm whatever the header says; a token that says otherwise was made
            // by someone who hopes for a mix-up.
            guard header.alg == "HS256" else {
                throw TokenError.invalid("its algorithm is not HS256")
            }
            // RFC 7515 section 4.1.11: an extension that is not understood must not be ignored.
            guard !header.fields.keys.contains("crit") else {
                throw TokenError.invalid("it names critical extensions")
            }
            return try await keys.verify(token, as: ClaimSet.self)
        } catch let error as TokenError {
            throw error
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw TokenError.invalid("its signature is not ours")
        } catch {
            throw TokenError.invalid("it is malformed")
        }
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
