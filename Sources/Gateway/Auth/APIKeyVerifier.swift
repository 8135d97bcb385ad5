import Catalog
import Foundation
import Logging
import Synchronization

/// Turns an API key into an identity, or refuses it.
///
/// The catalog is asked each time: it costs the read of one row, and a key that was revoked is refused from the next request
/// on, by whichever process that was done.
final class APIKeyVerifier: Sendable {
    private let catalog: Catalog
    private let logger: Logger
    /// When the use of a key was last noted, or is about to be.
    private let noted = Mutex<[String: Date]>([:])

    /// Each note is a commit, so there is one of a key a minute at most.
    private static let noteInterval: TimeInterval = 60

    init(catalog: Catalog, logger: Logger) {
        self.catalog = catalog
        self.logger = logger
    }

    /// Whether a bearer token is meant to be an API key; a JSON Web Token never begins like one.
    static func isAPIKey(_ token: String) -> Bool { token.hasPrefix(APIKeyText.prefix) }

    /// The identity that the key proves at a time.
    ///
    /// Throws `TokenError` where it proves none, and `CatalogError` where the catalog cannot be asked.
    func identity(of token: String, at now: Date = Date()) throws -> Identity {
        guard let text = APIKeyText(token) else {
            throw TokenError.invalid("it is no API key, though it begins like one")
        }
        guard let key = try catalog.apiKey(id: text.id), text.isSecret(of: key) else {
            throw TokenError.invalid("there is no such API key")
        }
        guard key.revokedAt == nil else {
            throw TokenError.invalid("the API key \(key.id) was revoked")
        }
        guard !key.isExpired(at: now) else {
            throw TokenError.expired("the API key \(key.id) has expired")
        }
        noteUse(of: key, at: now)
        return Identity(
            userID: "key:\(key.name)",
            isService: key.scopes.contains(.service),
            canRead: key.scopes.contains(.read)
        )
    }

    /// In the background: no request waits for it, and one that is lost is made up for by the next.
    private func noteUse(of key: APIKey, at now: Date) {
        let isDue = noted.withLock { noted in
            let last = max(noted[key.id] ?? .distantPast, key.lastUsedAt ?? .distantPast)
            guard now.timeIntervalSince(last) >= Self.noteInterval else { return false }
            noted[key.id] = now
            return true
        }
        guard isDue else { return }
        Task { [catalog, logger] in
            do throws(CatalogError) {
                try await catalog.noteUse(ofAPIKey: key.id, at: now)
            } catch {
                logger.debug("The use of an API key was not noted", metadata: ["error": .string("\(error)")])
            }
        }
    }
}
