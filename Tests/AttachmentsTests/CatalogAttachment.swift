import Catalog
import Foundation

/// Swift Testing has an `Attachment` of its own; files that import both say it with this name.
typealias CatalogAttachment = Attachment

extension CatalogAttachment {
    /// A video of ann that is ready, of a million bytes at `a/original`, with these renditions at `a/…`; nothing of it is stored.
    static func readyVideo(with renditions: [Rendition] = []) -> CatalogAttachment {
        CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a/original",
            fileName: "clip.mp4",
            fileKind: .video,
            fileSize: 1_000_000,
            mediaType: "video/mp4",
            sha256: String(repeating: "0f", count: 32),
            status: .ready,
            renditions: renditions,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
    }
}

extension Rendition {
    /// A rendition of 1,000 bytes under the key of its name in `a/`.
    static func sample(_ name: String, _ mediaType: String = "video/mp4") -> Rendition {
        Rendition(
            name: name,
            objectKey: "a/\(name)",
            width: nil,
            height: nil,
            mediaType: mediaType,
            byteCount: 1_000
        )
    }
}
