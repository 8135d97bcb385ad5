import Catalog
import Crypto
import CryptoExtras
import Foundation
import Synchronization

/// Signed URLs of Amazon CloudFront with a canned policy.
///
/// RSA with SHA-1 (PKCS #1 v1.5), which is what CloudFront checks
/// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html).
package final class CloudFrontSigner: ObjectURLSigner {
    private let base: DeliveryBase
    private let keyPairID: String
    private let key: _RSA.Signing.PrivateKey
    /// A signature takes as long as a hundred presigned URLs, and lists ask for the same ones again and again.
    private let signatures = Mutex(RecentValues<String, String>(capacity: 20_000))

    /// Reads a private RSA key in PEM, as PKCS #1 or PKCS #8.
    ///
    /// Throws what the parser says where it is none, and what the signature fails with where it cannot sign.
    package init(base: DeliveryBase, keyPairID: String, privateKey: String) throws {
        self.base = base
        self.keyPairID = keyPairID
        key = try _RSA.Signing.PrivateKey(pemRepresentation: privateKey)
        _ = try key.signature(for: Insecure.SHA1.hash(data: Data()), padding: .insecurePKCS1v1_5)
    }

    /// As the protocol says.
    package func url(forKey key: String, terms: URLTerms) throws(URLSigningError) -> String {
        let resource = SignedResource(key: key, below: base.path, terms: terms)
        let url = "\(base.origin)\(resource.pathAndQuery)"
        let policy = Self.cannedPolicy(url: url, expiresAt: terms.expiresAt)
        let signature = try signature(of: policy)
        return "\(url)&Expires=\(terms.expiresAt)&Signature=\(signature)&Key-Pair-Id=\(keyPairID)"
    }

    /// The statement that CloudFront puts together again from the URL: this order, no blanks.
    static func cannedPolicy(url: String, expiresAt: Int64) -> String {
        #"{"Statement":[{"Resource":"\#(url)","Condition":{"DateLessThan":{"AWS:EpochTime":\#(expiresAt)}}}]}"#
    }

    private func signature(of policy: String) throws(URLSigningError) -> String {
        if let known = signatures.withLock({ $0[policy] }) { return known }
        let digest = Insecure.SHA1.hash(data: Data(policy.utf8))
        let made: _RSA.Signing.RSASignature
        do {
            made = try key.signature(for: digest, padding: .insecurePKCS1v1_5)
        } catch {
            throw URLSigningError("the CloudFront key of \(keyPairID) does not sign: \(error)")
        }
        let text = made.rawRepresentation.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "=", with: "_")
            .replacingOccurrences(of: "/", with: "~")
        signatures.withLock { $0[policy] = text }
        return text
    }
}
