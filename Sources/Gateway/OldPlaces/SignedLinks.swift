import Attachments
import Foundation

/// URLs of this server's own for objects in an old place that has none: good without a token until they expire.
///
/// What is signed is which object and until when. The file's type and name are the catalog's, at the time of the request.
struct SignedLinks: OldObjectLinks {
    /// What such a URL's path begins with, below the base path.
    static let path = "/old-objects"

    private let signer: URLSigner
    private let basePath: String
    private let publicURL: String?

    /// Links under the base path; without a public URL they begin with what the request under way was sent to.
    init(secret: [UInt8], basePath: String, publicURL: String?) {
        signer = URLSigner(secret: secret, purpose: "satchel old-object url 1")
        self.basePath = basePath
        self.publicURL = publicURL
    }

    /// The URL; a path alone where nobody asked by a request.
    func url(attachment id: String, rendition: String?, expiresAt: Int64) -> String {
        let base = publicURL ?? RequestBase.current ?? ""
        let name = rendition.map { "rendition=\($0)&" } ?? ""
        let signature = signer.signature(of: Self.message(id, rendition, expiresAt))
        return "\(base)\(basePath)\(Self.path)/\(id)?\(name)expires=\(expiresAt)&signature=\(signature)"
    }

    /// Throws `forbidden` for a signature that is not ours, `url_expired` for one whose time is over.
    func check(attachment id: String, rendition: String?, expires: String?, signature: String?, now: Date) throws {
        _ = try signer.end(expires, signature: signature, now: now) { Self.message(id, rendition, $0) }
    }

    /// No part can hold a line's end, so that no two questions have one text.
    private static func message(_ id: String, _ rendition: String?, _ expiresAt: Int64) -> String {
        "\(id)\n\(rendition ?? "")\n\(expiresAt)"
    }
}
