import Attachments
import Catalog
import Crypto
import Foundation
import HTTPTypes

/// URLs of this server's own for objects in an old place that has none: good without a token until they expire.
///
/// What is signed is which object and until when (HMAC-SHA256, RFC 2104). The file's type and name are the catalog's, at the time
/// of the request.
struct SignedLinks: OldObjectLinks {
    /// What such a URL's path begins with, below the base path.
    static let path = "/old-objects"

    private let key: SymmetricKey
    private let basePath: String
    private let publicURL: String?

    /// Links under the base path; without a public URL they begin with what the request under way was sent to.
    init(secret: [UInt8], basePath: String, publicURL: String?) {
        // A key for this use alone (RFC 5869): the secret may come to have others.
        key = HKDF<SHA256>
            .deriveKey(
                inputKeyMaterial: SymmetricKey(data: secret),
                info: Data("satchel old-object url 1".utf8),
                outputByteCount: 32
            )
        self.basePath = basePath
        self.publicURL = publicURL
    }

    /// The URL; a path alone where nobody asked by a request.
    func url(attachment id: String, rendition: String?, expiresAt: Int64) -> String {
        let base = publicURL ?? RequestBase.current ?? ""
        let name = rendition.map { "rendition=\($0)&" } ?? ""
        let signature = Self.text(of: code(id, rendition, expiresAt))
        return "\(base)\(basePath)\(Self.path)/\(id)?\(name)expires=\(expiresAt)&signature=\(signature)"
    }

    /// Throws `forbidden` for a signature that is not ours, `url_expired` for one whose time is over.
    func check(attachment id: String, rendition: String?, expires: String?, signature: String?, now: Date) throws {
        guard let expires, let signature, let expiresAt = Int64(expires), "\(expiresAt)" == expires,
            let given = Self.bytes(of: signature),
            HMAC<SHA256>
                .isValidAuthenticationCode(given, authenticating: Self.message(id, rendition, expiresAt), using: key)
        else { throw RequestError.urlNotSigned }
        guard Int64(now.timeIntervalSince1970) < expiresAt else { throw RequestError.urlExpired }
    }

    private func code(_ id: String, _ rendition: String?, _ expiresAt: Int64) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Self.message(id, rendition, expiresAt), using: key)
    }

    /// No part can hold a line's end, so that no two questions have one text.
    private static func message(_ id: String, _ rendition: String?, _ expiresAt: Int64) -> Data {
        Data("\(id)\n\(rendition ?? "")\n\(expiresAt)".utf8)
    }

    /// base64url without padding (RFC 4648 section 5).
    private static func text(of code: HMAC<SHA256>.MAC) -> String {
        Data(code).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
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
