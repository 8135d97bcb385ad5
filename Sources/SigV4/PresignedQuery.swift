/// The result of signing a request by its query: whoever has the URL can send it until it expires.
package struct PresignedQuery: Sendable {
    private let queryBytes: [UInt8]
    private let signatureBytes: [UInt8]
    private let canonicalBytes: [UInt8]
    private let signedBytes: [UInt8]

    init(queryBytes: [UInt8], signatureBytes: [UInt8], canonicalRequest: [UInt8], stringToSign: [UInt8]) {
        self.queryBytes = queryBytes
        self.signatureBytes = signatureBytes
        canonicalBytes = canonicalRequest
        signedBytes = stringToSign
    }

    /// The whole query to append after `?`, in ASCII: the request's items, the `X-Amz-` items, the signature last.
    package var query: String { String(decoding: queryBytes, as: UTF8.self) }
    /// The signature, 64 lower-case hexadecimal digits.
    package var signature: String { String(decoding: signatureBytes, as: UTF8.self) }
    /// The canonical request, for tests and for comparison with a server's complaint.
    package var canonicalRequest: String { String(decoding: canonicalBytes, as: UTF8.self) }
    /// What was signed.
    package var stringToSign: String { String(decoding: signedBytes, as: UTF8.self) }
}
