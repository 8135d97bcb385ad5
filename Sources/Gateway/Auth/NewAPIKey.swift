package import Catalog
package import Foundation

/// An API key that is being made: what its holder gets, and what the catalog keeps.
package struct NewAPIKey: Sendable {
    /// For the holder; nothing else knows the secret in it.
    package let text: APIKeyText
    /// For the catalog.
    package let stored: APIKey

    /// Makes a key; nothing is stored by it.
    ///
    /// Throws where the name is not one that a key can have: 1 to 64 letters (of ASCII), digits, and `.`, `_`, `-`, and not
    /// the form of a key's id.
    package init(
        name: String,
        scopes: Set<AccessScope>,
        lifetime: Duration? = nil,
        at now: Date = Date()
    ) throws(APIKeyFault) {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isPossible) else {
            throw APIKeyFault("The name \"\(name.prefix(100))\" is not 1 to 64 letters, digits, or . _ -")
        }
        // Where an id or a name is asked for, it must be plain which of them is meant.
        guard !APIKeyText.isID(name) else {
            throw APIKeyFault("The name \"\(name)\" has the form of a key's id; take another one.")
        }
        guard !scopes.isEmpty else {
            throw APIKeyFault("A key without a scope is good for nothing.")
        }
        text = APIKeyText.random()
        stored = APIKey(
            id: text.id,
            name: name,
            secretSHA256: text.secretSHA256,
            scopes: scopes,
            createdAt: now,
            expiresAt: lifetime.map { now.addingTimeInterval(TimeInterval($0.components.seconds)) }
        )
    }

    private static func isPossible(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// Why a key cannot be made, in words for whoever wants it.
package struct APIKeyFault: Error, Sendable, CustomStringConvertible {
    /// What is wrong, with the value, and what is possible.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
