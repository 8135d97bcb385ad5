/// Whose tokens are good, and which of their claims say what.
///
/// Tokens are JSON Web Tokens (RFC 7519). They are good where the shared secret, one of the public keys or one of the key set
/// at the URL has signed them; there may be several of these, and must be one.
package struct TokenConfiguration: Sendable {
    /// The secret shared with the app that issues the tokens: at least 32 bytes of UTF-8 for HS256, 48 for HS384, 64 for
    /// HS512.
    package var secret: String?
    /// The public keys of issuers.
    package var publicKeys: [VerificationKey]
    /// Where an issuer publishes its key set (RFC 7517): `https`, or `http` on the loopback.
    package var keySetURL: String?
    /// How old the key set may become before it is read again.
    package var keySetMaxAge: Duration
    /// The least time between two reads of the key set, however many tokens name unknown keys.
    package var keySetPause: Duration
    /// A PEM file of authorities to trust for the key set's server, in place of the system's.
    package var keySetCertificateAuthorityFile: String?
    /// The claim with the user's id: a text or a whole number.
    package var userClaim: String
    /// The claim with the scopes: words separated by spaces (RFC 8693 section 4.2), or a list.
    package var scopeClaim: String
    /// The scope that makes a token one of the app's back end.
    package var serviceScope: String
    /// The scope that makes a token one of an operator, who may read the operators' routes.
    package var readScope: String
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
        secret: String? = nil,
        publicKeys: [VerificationKey] = [],
        keySetURL: String? = nil,
        keySetMaxAge: Duration = .seconds(600),
        keySetPause: Duration = .seconds(10),
        keySetCertificateAuthorityFile: String? = nil,
        userClaim: String = "sub",
        scopeClaim: String = "scope",
        serviceScope: String = "satchel:service",
        readScope: String = "satchel:read",
        issuer: String? = nil,
        audience: String? = nil,
        leeway: Duration = .seconds(30)
    ) {
        self.secret = secret
        self.publicKeys = publicKeys
        self.keySetURL = keySetURL
        self.keySetMaxAge = keySetMaxAge
        self.keySetPause = keySetPause
        self.keySetCertificateAuthorityFile = keySetCertificateAuthorityFile
        self.userClaim = userClaim
        self.scopeClaim = scopeClaim
        self.serviceScope = serviceScope
        self.readScope = readScope
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

extension TokenConfiguration {
    /// Whether the key set is read from the same place, in the same way.
    func keySetIsThat(of other: TokenConfiguration) -> Bool {
        keySetURL == other.keySetURL && keySetMaxAge == other.keySetMaxAge
            && keySetCertificateAuthorityFile == other.keySetCertificateAuthorityFile
    }
}
