/// An access key pair, with the session token of temporary credentials.
///
/// Neither printing, debug printing, `dump` nor reflection shows the secret or the token.
package struct Credentials: Sendable, Equatable {
    /// The public half, sent with every request.
    package let accessKeyID: String
    /// The secret half, never sent.
    package let secretAccessKey: String
    /// The token of temporary credentials; `nil` for long-lived ones.
    package let sessionToken: String?
    /// When temporary credentials end, and every URL that they signed with them; nil where that is not known.
    package let expiresAt: SigningTime?

    /// Creates credentials; an empty session token counts as none.
    package init(
        accessKeyID: String,
        secretAccessKey: String,
        sessionToken: String? = nil,
        expiresAt: SigningTime? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken == "" ? nil : sessionToken
        self.expiresAt = expiresAt
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The access key ID and whether there is a token.
    package var description: String {
        "Credentials(\(accessKeyID), \(sessionToken == nil ? "no session token" : "with session token"))"
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// A mirror that holds the access key ID only.
    package var customMirror: Mirror {
        Mirror(self, children: ["accessKeyID": accessKeyID], displayStyle: .struct)
    }
}
