import Attachments
import Catalog
import Foundation
import Gateway

/// A line of `satchel key list`.
struct KeyLine: Encodable {
    let id: String
    let name: String
    let state: String
    let scopes: [String]
    let createdAt: String
    let expiresAt: String?
    let lastUsedAt: String?
    let revokedAt: String?

    private enum CodingKeys: String, CodingKey {
        case id, name, state, scopes
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case revokedAt = "revoked_at"
    }

    init(_ key: APIKey, at now: Date) {
        id = key.id
        name = key.name
        state = key.revokedAt != nil ? "revoked" : key.isExpired(at: now) ? "expired" : "good"
        scopes = key.scopes.map(\.rawValue).sorted()
        createdAt = Self.text(key.createdAt)
        expiresAt = key.expiresAt.map(Self.text)
        lastUsedAt = key.lastUsedAt.map(Self.text)
        revokedAt = key.revokedAt.map(Self.text)
    }

    /// Id and state stand below each other.
    var text: String {
        let padding = String(repeating: " ", count: max(0, 7 - state.count))
        let times = "made \(createdAt), used \(lastUsedAt ?? "never"), ends \(expiresAt ?? "never")"
        return TerminalText.line("\(id)  \(state)\(padding)  \(name)  \(scopes.joined(separator: ","))  \(times)")
    }

    private static func text(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}
