import Catalog
import Foundation

/// Swift Testing has an `Attachment` of its own; files that import both say it with this name.
typealias CatalogAttachment = Attachment

extension CatalogAttachment {
    /// A picture that is ready, of which nothing else is known.
    static func samplePicture() -> CatalogAttachment {
        CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "attachments/original",
            fileName: "photo.heic",
            fileKind: .image,
            fileSize: 1,
            mediaType: "image/heic",
            sha256: String(repeating: "a", count: 64),
            storedSHA256: String(repeating: "b", count: 64),
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
    }
}
