import Attachments
import Catalog
import Foundation

/// URLs of this server's own for playlists: good without a token until they expire, for players send none.
///
/// What is signed is which attachment, which playlist, until when, and the key of the original: where URLs are ended, that changes.
struct StreamLinks: PlaylistLinks {
    /// What such a URL's path begins with, below the base path.
    static let path = "/hls"
    /// What the playlist of all steps is called.
    static let master = "master"
    /// What a playlist's name ends with (RFC 8216 section 4).
    static let ending = ".m3u8"

    private let signer: URLSigner
    private let basePath: String
    private let publicURL: String?

    /// Links under the base path; without a public URL they begin with what the request under way was sent to.
    init(secret: [UInt8], basePath: String, publicURL: String?) {
        signer = URLSigner(secret: secret, purpose: "satchel playlist url 1")
        self.basePath = basePath
        self.publicURL = publicURL
    }

    /// Nil where no playlists are made.
    static func configured(
        by configuration: GatewayConfiguration,
        catalog: Catalog
    ) async throws(CatalogError) -> StreamLinks? {
        guard !configuration.attachments.transcoding.ladder.isEmpty else { return nil }
        return StreamLinks(
            secret: try await catalog.urlSecret(),
            basePath: configuration.listener.basePath,
            publicURL: configuration.publicURL
        )
    }

    /// The URL; a path alone where nobody asked by a request.
    func url(attachment id: String, objectKey: String, step: String?, expiresAt: Int64) -> String {
        let base = publicURL ?? RequestBase.current ?? ""
        let name = step ?? Self.master
        let signature = signer.signature(of: Self.message(id, name, expiresAt, objectKey))
        return "\(base)\(basePath)\(Self.path)/\(id)/\(name)\(Self.ending)?expires=\(expiresAt)&signature=\(signature)"
    }

    /// Throws `forbidden` for a signature that is not ours, or of another object; `url_expired` for one whose time is over.
    ///
    /// Answers when that is, in seconds since 1970 UTC.
    func check(
        attachment id: String,
        objectKey: String,
        playlist: String,
        expires: String?,
        signature: String?,
        now: Date
    ) throws -> Int64 {
        try signer.end(expires, signature: signature, now: now) { Self.message(id, playlist, $0, objectKey) }
    }

    /// No part but the last can hold a line's end, so that no two questions have one text.
    private static func message(_ id: String, _ playlist: String, _ expiresAt: Int64, _ objectKey: String) -> String {
        "\(id)\n\(playlist)\n\(expiresAt)\n\(objectKey)"
    }
}
