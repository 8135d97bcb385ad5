import Attachments
import HTTPTypes
import Hummingbird

/// Lets only requests with a good bearer token or API key through (RFC 6750 section 2.1), and tells the context whose it is.
struct Authenticator: RequestLayer {
    let verifier: LiveValue<TokenVerifier>
    let apiKeys: APIKeyVerifier

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let identity = try await identity(of: try Self.token(of: request))
        context.trace.note(userID: identity.userID)
        var context = context
        context.identity = identity
        return try await next(request, context)
    }

    private func identity(of token: String) async throws -> Identity {
        guard !APIKeyVerifier.isAPIKey(token) else { return try apiKeys.identity(of: token) }
        return try await verifier.current.identity(of: token)
    }

    private static func token(of request: Request) throws(TokenError) -> String {
        guard let header = request.headers[.authorization] else { throw TokenError.missing }
        // By bytes: to find where characters end takes longer than all the rest, and a token has hundreds.
        let words = header.utf8.split(separator: UInt8(ascii: " "))
        guard words.count == 2, Substring(words[0]).lowercased() == "bearer" else { throw TokenError.missing }
        return String(Substring(words[1]))
    }
}
