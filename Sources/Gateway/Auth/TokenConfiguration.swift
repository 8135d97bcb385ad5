/// Whose tokens are good, and which of their claims say what.
///
/// Tokens are JSON Web Tokens (RFC 7519) signed with HS256; any other algorithm is refused.
package struct TokenConfiguration: Sendable {
    /// The secret shared with the app that issues the tokens: at least 32 bytes of UTF-8.
    package var secret: String
    /// The claim with the user's id: a text or a whole number.
    package var userClaim: String
    /// The claim with the scopes: words separated by spaces (RFC 8693 section 4.2), or a list.
    package var scopeClaim: String
    /// The scope that makes a token one of the app's back end.
    package var serviceScope: String
    /// What `iss` must be, where given.
    package var issuer: String?
    /// What `aud` must be or contain, where given.
    package var audience: String?
    /// How far the clocks of issuer and server may differ.
    package var leeway: Duration

    /// RFC 7518 section 3.2: a key at least as long as the hash.
    package static let leastSecretBytes = 32

    /// Makes a configuration with the documented defaults.
    package init(
        secret: String,
        userClaim: String = "sub",
        scopeClaim: String = "scope",
        serviceScope: String = "satchel:service",
        issuer: String? = nil,
        audience: String? = nil,
        leeway: Duration = .seconds(30)
    ) {
        self.secret = secret
        self.userClaim = userClaim
        self.scopeClaim = scopeClaim
        self.serviceScope = serviceScope
        self.issuer = issuer
        self.audience = audience
        self.leeway = leeway
    }
}

extension TokenConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The claims; never the secret.
    package var description: String {
        "TokenConfiguration(userClaim: \(userClaim), scopeClaim: \(scopeClaim), serviceScope: \(serviceScope))"
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror without the secret.
    package var customMirror: Mirror {
        Mirror(self, children: ["userClaim": userClaim, "scopeClaim": scopeClaim], displayStyle: .struct)
    }
}
