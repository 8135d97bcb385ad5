package import HTTPTypes

/// The head of a response, and its body to be read.
package struct CurlResponse: Sendable {
    /// The status code, never 1xx.
    ///
    /// Not an error whatever it is; redirects are not followed.
    package let status: Int
    /// The headers in the server's order, values without surrounding spaces.
    ///
    /// Trailers are not kept.
    package let headers: HTTPFields
    /// Whether the request was written again, on a new connection, because a kept one was found dead: the server may have
    /// seen it twice.
    package let wasResent: Bool
    /// The body.
    ///
    /// Read it, `discard()` it or drop it.
    package let body: CurlResponseBody
}

/// What the head parser found.
struct ResponseHead: Sendable {
    let status: Int
    let headers: HTTPFields
    var wasResent = false
}
