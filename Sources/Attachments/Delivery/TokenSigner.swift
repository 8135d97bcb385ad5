import Crypto
import Foundation

/// URLs with a time and a token, for whatever stands before the storage and can compute an HMAC.
///
/// The token is HMAC-SHA256 (RFC 2104), in base64url without padding (RFC 4648 section 5), over path and query as they stand in the
/// URL, up to the end of the `expires` parameter, which is the last but one. `expires` is in seconds since 1970 UTC.
package struct TokenSigner: ObjectURLSigner {
    private let base: DeliveryBase
    private let key: SymmetricKey

    /// The fewest bytes that a secret may have.
    package static let leastSecretBytes = 16

    /// Signs with the secret's UTF-8 bytes.
    package init(base: DeliveryBase, secret: String) {
        self.base = base
        key = SymmetricKey(data: Data(secret.utf8))
    }

    /// As the protocol says.
    package func url(forKey key: String, terms: URLTerms) -> String {
        let resource = SignedResource(key: key, below: base.path, terms: terms)
        let signed = "\(resource.pathAndQuery)&expires=\(terms.expiresAt)"
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: self.key)
        let token = Data(code).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
        return "\(base.origin)\(signed)&token=\(token)"
    }
}
