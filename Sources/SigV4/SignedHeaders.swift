/// The result of signing a request by headers.
package struct SignedHeaders: Sendable {
    /// The headers to add to the request.
    ///
    /// `x-amz-date`, `x-amz-content-sha256` if the rules send it, `x-amz-security-token` if there is one, and
    /// `Authorization`.
    package let headers: [(name: String, value: String)]
    private let signatureBytes: [UInt8]
    private let canonicalBytes: [UInt8]
    private let signedBytes: [UInt8]

    init(
        headers: [(name: String, value: String)],
        signatureBytes: [UInt8],
        canonicalRequest: [UInt8],
        stringToSign: [UInt8]
    ) {
        self.headers = headers
        self.signatureBytes = signatureBytes
        canonicalBytes = canonicalRequest
        signedBytes = stringToSign
    }

    /// The canonical request, for tests and for comparison with a server's complaint.
    package var canonicalRequest: String { String(decoding: canonicalBytes, as: UTF8.self) }
    /// What was signed.
    package var stringToSign: String { String(decoding: signedBytes, as: UTF8.self) }
    /// The signature, 64 lower-case hexadecimal digits.
    package var signature: String { String(decoding: signatureBytes, as: UTF8.self) }
}
