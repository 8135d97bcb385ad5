/// Who sent a request, as its token or API key proves.
struct Identity: Sendable, Equatable {
    /// The user's id in the app; for a service token without one, the word `service`; for an API key, its name after `key:`.
    let userID: String
    /// Whether the token or key carries the service scope.
    let isService: Bool
    /// Whether it carries the read scope.
    var canRead = false
}

/// Why a request is not authenticated.
///
/// The client learns the code alone; the reason is for the log.
struct TokenError: Error, Equatable, CustomStringConvertible {
    enum Code: String {
        case missing = "missing_token"
        case invalid = "invalid_token"
        case expired = "token_expired"
    }

    let code: Code
    let reason: String

    var description: String { "\(code.rawValue): \(reason)" }

    static let missing = TokenError(code: .missing, reason: "the request has no bearer token")

    static func invalid(_ reason: String) -> TokenError {
        TokenError(code: .invalid, reason: reason)
    }

    static func expired(_ reason: String) -> TokenError {
        TokenError(code: .expired, reason: reason)
    }
}
