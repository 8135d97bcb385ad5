/// The parts of a request that a signature covers, exactly as they go on the wire.
package struct SigningRequest: Sendable {
    /// The method, in upper case.
    package var method: String
    /// The value of the `Host` header: with the port if that is not the scheme's default.
    package var host: String
    /// The path, already percent-encoded; empty counts as `/`.
    package var path: String
    /// Names and values, already percent-encoded, in any order; an item without `=` has an empty value.
    package var query: [(name: String, value: String)]
    /// The headers to sign, without `Host` and without those that the signer adds.
    package var headers: [(name: String, value: String)]

    /// Creates a request.
    package init(
        method: String,
        host: String,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }
}
