import Crypto
import Foundation

/// Signs what a URL of this server's own stands for: HMAC-SHA256 (RFC 2104), in base64url without padding (RFC 4648 section 5).
struct URLSigner: Sendable {
    private let key: SymmetricKey

    /// A signer for one purpose alone: its key is derived of the secret (RFC 5869), which has others.
    init(secret: [UInt8], purpose: String) {
        key = HKDF<SHA256>
            .deriveKey(inputKeyMaterial: SymmetricKey(data: secret), info: Data(purpose.utf8), outputByteCount: 32)
    }

    func signature(of message: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: key)
        return Data(code).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// Whether it is this signer's; in a time that tells nothing of the right one.
    func isValid(_ signature: String, of message: String) -> Bool {
        guard let code = Self.bytes(of: signature) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(message.utf8), using: key)
    }

    private static func bytes(of text: String) -> Data? {
        guard text.utf8.count == 43, !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: "\(plain)=")
    }
}
