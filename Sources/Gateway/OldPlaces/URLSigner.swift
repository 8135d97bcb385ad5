import Crypto
import Foundation
import HTTPTypes

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

    /// When a URL ends, in seconds since 1970 UTC, by the two things that it says of that.
    ///
    /// Throws `forbidden` for a signature that is not ours, `url_expired` for one whose time is over. `message` is what was
    /// signed with such an end.
    func end(
        _ expires: String?,
        signature: String?,
        now: Date,
        of message: (_ expiresAt: Int64) -> String
    ) throws(RequestError) -> Int64 {
        guard let expires, let signature, let expiresAt = Int64(expires), "\(expiresAt)" == expires,
            isValid(signature, of: message(expiresAt))
        else { throw .urlNotSigned }
        guard Int64(now.timeIntervalSince1970) < expiresAt else { throw .urlExpired }
        return expiresAt
    }

    /// Whether it is this signer's; in a time that tells nothing of the right one.
    private func isValid(_ signature: String, of message: String) -> Bool {
        guard let code = Self.bytes(of: signature) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(message.utf8), using: key)
    }

    private static func bytes(of text: String) -> Data? {
        guard text.utf8.count == 43, !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: "\(plain)=")
    }
}

extension RequestError {
    static let urlNotSigned = RequestError(
        status: .forbidden,
        code: "forbidden",
        message: "The signature of this URL does not fit it; ask for the attachment again."
    )

    static let urlExpired = RequestError(
        status: .forbidden,
        code: "url_expired",
        message: "This URL has expired; ask for the attachment again."
    )
}
