/// The result of signing a request by its query: whoever has the URL can send it until it expires.
package struct PresignedQuery: Sendable {
    /// The whole query to append after `?`: the request's items, the `X-Amz-` items, the signature last.
    package let query: String
    /// The canonical request, for tests and for comparison with a server's complaint.
    package let canonicalRequest: String
    /// What was signed.
    package let stringToSign: String
    /// The signature, 64 lower-case hexadecimal digits.
    package let signature: String
}
