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

/// Attachments that are rows alone: their objects are in no bucket.
enum SampleAttachment {
    /// A video of ann with a thumbnail.
    static func video(id: UUID = .version7(), messageID: UUID, uploadedAt: Date = Date()) -> CatalogAttachment {
        CatalogAttachment(
            id: id,
            messageID: messageID,
            objectKey: "attachments/\(id.text)/original",
            fileName: "film.mp4",
            fileKind: .video,
            fileSize: 1000,
            mediaType: "video/mp4",
            sha256: String(repeating: "a", count: 64),
            status: .processing,
            uploadedBy: "ann",
            uploadedAt: uploadedAt
        )
    }

    /// Brings the rows in as an upload and its media work do, with a thumbnail of what was to be processed.
    static func store(_ attachment: CatalogAttachment, in catalog: Catalog) async throws {
        try await catalog.insertIntent(
            UploadIntent(
                id: attachment.id,
                objectKey: attachment.objectKey,
                userID: attachment.uploadedBy,
                createdAt: attachment.uploadedAt
            )
        )
        // Ready at once: a server of the test would have its own work done on what is to be processed.
        var attachment = attachment
        if attachment.status == .processing {
            attachment.status = .ready
            attachment.renditions = [
                Rendition(
                    name: Rendition.thumbnail,
                    objectKey: "attachments/\(attachment.id.text)/thumbnail.jpg",
                    width: 320,
                    height: 180,
                    mediaType: "image/jpeg",
                    byteCount: 900
                )
            ]
        }
        _ = try await catalog.commitUpload(
            attachment: attachment,
            activity: Activity(
                userID: attachment.uploadedBy,
                action: .fileUploaded,
                description: "Uploaded \(attachment.fileName)",
                attachmentID: attachment.id,
                occurredAt: attachment.uploadedAt
            )
        )
    }
}
