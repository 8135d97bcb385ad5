package import Foundation
import JWTKit

/// Makes tokens that this configuration accepts: for the command line, scripts and tests.
///
/// The app makes its own.
package struct TokenIssuer: Sendable {
    private let configuration: TokenConfiguration
    private let keys: JWTKeyCollection

    /// Makes an issuer that signs with the configured secret.
    package init(configuration: TokenConfiguration) async {
        self.configuration = configuration
        keys = JWTKeyCollection()
        if let secret = configuration.secret {
            await keys.add(hmac: HMACKey(from: Array(secret.utf8)), digestAlgorithm: .sha256)
        }
    }

    /// A token for a user that expires after a while; with the service scope, and the read scope, where asked for.
    ///
    /// Throws where the configuration has no secret to sign with.
    package func token(
        userID: String,
        isService: Bool = false,
        canRead: Bool = false,
        expiresIn lifetime: Duration,
        at now: Date = Date()
    ) async throws -> String {
        let issuedAt = Int64(now.timeIntervalSince1970)
        var claims: [String: Claim] = [
            configuration.userClaim: .text(userID),
            "iat": .integer(issuedAt),
            "exp": .integer(issuedAt + lifetime.components.seconds),
        ]
        let scopes = (isService ? [configuration.serviceScope] : []) + (canRead ? [configuration.readScope] : [])
        if !scopes.isEmpty { claims[configuration.scopeClaim] = .text(scopes.joined(separator: " ")) }
        if let issuer = configuration.issuer { claims["iss"] = .text(issuer) }
        if let audience = configuration.audience { claims["aud"] = .text(audience) }
        return try await keys.sign(ClaimSet(claims: claims))
    }
}
