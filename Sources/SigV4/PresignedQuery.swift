/// The result of signing a request by its query: whoever has the URL can send it until it expires.
package struct PresignedQuery: Sendable {
    /// The whole query to append after `?`, in ASCII: the request's items, the `X-Amz-` items, the signature last.
    package let queryBytes: [UInt8]
    /// The signature, 64 lower-case hexadecimal digits.
    package let signature: String
    private let canonicalBytes: [UInt8]
    private let signedBytes: [UInt8]

    init(queryBytes: [UInt8], signature: String, canonicalRequest: [UInt8], stringToSign: [UInt8]) {
        self.queryBytes = queryBytes
        self.signature = signature
        canonicalBytes = canonicalRequest
        signedBytes = stringToSign
    }

    /// The query as text.
    package var query: String { String(decoding: queryBytes, as: UTF8.self) }
    /// The canonical request, for tests and for comparison with a server's complaint.
    package var canonicalRequest: String { String(decoding: canonicalBytes, as: UTF8.self) }
    /// What was signed.
    package var stringToSign: String { String(decoding: signedBytes, as: UTF8.self) }
}
