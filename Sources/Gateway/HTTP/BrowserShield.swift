import HTTPTypes
import Hummingbird

/// What every answer tells browsers: not to guess its type, to run and load nothing for it, and not to tell others its address.
struct BrowserShield: RequestLayer {
    /// For answers in JSON, redirects and errors: nothing in them is for a browser to show.
    static let policy = "default-src 'none'; frame-ancestors 'none'; sandbox"
    /// For files that are passed through: a picture, a video or a sound that is looked at by itself may be shown, no more.
    static let filePolicy =
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = Self.policy
        }
        return response
    }
}
