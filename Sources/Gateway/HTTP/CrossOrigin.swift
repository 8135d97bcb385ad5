import HTTPTypes
import Hummingbird

/// Which web pages may call the API from a browser.
package struct CrossOriginConfiguration: Sendable, Equatable {
    /// The pages' origins, such as `https://chat.example.com`; `*` alone for every page; none for no page.
    package var origins: [String]
    /// Whether browsers may send cookies and other credentials of theirs along; never with `*`.
    package var allowsCredentials: Bool
    /// How long a browser may remember what it was told before its request.
    package var maxAge: Duration

    /// Makes a configuration with the documented defaults.
    package init(origins: [String] = [], allowsCredentials: Bool = false, maxAge: Duration = .seconds(600)) {
        self.origins = origins
        self.allowsCredentials = allowsCredentials
        self.maxAge = maxAge
    }
}

/// Answers browsers that ask before they send a request to another origin (https://fetch.spec.whatwg.org/#http-cors-protocol),
/// and tells them which answers a page may read.
///
/// A page that is not allowed gets the same answers, without the word that lets it read them.
struct CrossOrigin: RequestLayer {
    let configuration: CrossOriginConfiguration

    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    private static let requestHeaders = [
        "Accept", "Authorization", "Content-Type", "Content-Disposition", "Content-MD5", "Content-Digest",
        "Repr-Digest",
        "Digest", "If-None-Match", "If-Range", "Range", "X-Message-Id", "X-Request-Id", "traceparent", "tracestate",
        "Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Defer-Length", "Upload-Metadata", "Upload-Concat",
        "Upload-Checksum", "X-HTTP-Method-Override",
    ]
    .joined(separator: ", ")
    private static let exposedHeaders = [
        "Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range", "ETag", "Location", "Retry-After",
        "RateLimit", "RateLimit-Policy", "X-Request-Id", "Tus-Resumable", "Tus-Version", "Tus-Extension",
        "Tus-Max-Size",
        "Tus-Checksum-Algorithm", "Upload-Length", "Upload-Offset", "Upload-Defer-Length", "Upload-Metadata",
        "Upload-Concat", "Upload-Expires",
    ]
    .joined(separator: ", ")

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        guard !configuration.origins.isEmpty else { return try await next(request, context) }
        let origin = request.headers[.origin]
        let allowed = origin.flatMap(allowedOrigin)
        if request.method == .options, allowed != nil, request.headers[.accessControlRequestMethod] != nil {
            var response = Response(status: .noContent)
            grant(allowed, in: &response.headers)
            response.headers[.accessControlAllowMethods] = Self.methods
            response.headers[.accessControlAllowHeaders] = Self.requestHeaders
            response.headers[.accessControlMaxAge] = String(configuration.maxAge.components.seconds)
            return response
        }
        var response = try await next(request, context)
        grant(allowed, in: &response.headers)
        if allowed != nil { response.headers[.accessControlExposeHeaders] = Self.exposedHeaders }
        return response
    }

    /// What `Access-Control-Allow-Origin` says to the origin; nil where it is not allowed.
    private func allowedOrigin(_ origin: String) -> String? {
        if configuration.origins == ["*"] { return "*" }
        return configuration.origins.contains(origin) ? origin : nil
    }

    /// What is said to one origin must not be told another by a cache.
    private func grant(_ allowed: String?, in headers: inout HTTPFields) {
        if allowed != "*" { headers.append(HTTPField(name: .vary, value: "Origin")) }
        guard let allowed else { return }
        headers[.accessControlAllowOrigin] = allowed
        if configuration.allowsCredentials, allowed != "*" { headers[.accessControlAllowCredentials] = "true" }
    }
}
