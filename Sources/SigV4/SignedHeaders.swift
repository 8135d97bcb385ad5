/// The result of signing a request by headers.
package struct SignedHeaders: Sendable {
    /// The headers to add to the request.
    ///
    /// `x-amz-date`, `x-amz-content-sha256` if the rules send it, `x-amz-security-token` if there is one, and
    /// `Authorization`.
    package let headers: [(name: String, value: String)]
    /// The canonical request, for tests and for comparison with a server's complaint.
    package let canonicalRequest: String
    /// What was signed.
    package let stringToSign: String
    /// The signature, 64 lower-case hexadecimal digits.
    package let signature: String
}
