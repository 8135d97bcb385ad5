import Crypto
import Foundation

/// Tokens written by hand, so that no library has a say in what is wrong with them.
enum SampleToken {
    /// A token with this header and these claims, signed with HMAC-SHA256 whatever the header says.
    static func make(
        header: String = #"{"alg":"HS256","typ":"JWT"}"#,
        claims: String,
        secret: String = GatewayHarness.secret
    ) -> String {
        let input = "\(encode(Array(header.utf8))).\(encode(Array(claims.utf8)))"
        let key = SymmetricKey(data: Array(secret.utf8))
        let signature = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: key)
        return "\(input).\(encode(Array(signature)))"
    }

    /// Base64url without padding (RFC 7515 section 2).
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
