package import Foundation

/// What a caller may do beyond its own conversations.
package enum AccessScope: String, Sendable, CaseIterable {
    /// All that the app's back end may: tell who talks with whom, and see everything.
    case service
    /// The operators' routes that only read: activity, usage, jobs.
    case read
}

/// A key of a program, without the secret that only its holder has.
package struct APIKey: Sendable, Equatable {
    /// 16 lower-case hex digits; part of the key's text, and no secret.
    package let id: String
    /// What people call it: 1 to 64 characters, and of the keys that are not revoked no other one's.
    package let name: String
    /// The SHA-256 of the secret: 32 bytes.
    package let secretSHA256: [UInt8]
    /// What it allows; never empty.
    package let scopes: Set<AccessScope>
    /// When it was made.
    package let createdAt: Date
    /// From when on it is refused; nil where it does not expire.
    package let expiresAt: Date?
    /// When it was used last, give or take a minute; nil where it never was.
    package let lastUsedAt: Date?
    /// When it was revoked; nil where it was not.
    package let revokedAt: Date?

    /// Makes a value; nothing is stored by it.
    package init(
        id: String,
        name: String,
        secretSHA256: [UInt8],
        scopes: Set<AccessScope>,
        createdAt: Date,
        expiresAt: Date? = nil,
        lastUsedAt: Date? = nil,
        revokedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.secretSHA256 = secretSHA256
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }

    /// Whether it has an end, and that has come.
    package func isExpired(at date: Date) -> Bool {
        expiresAt.map { $0 <= date } ?? false
    }
}
