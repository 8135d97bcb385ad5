import Catalog
import Foundation

extension InventoryAttachment {
    /// A record of which nothing is known but what must be.
    static func sample(_ kind: FileKind, _ mediaType: String = "application/octet-stream") -> InventoryAttachment {
        InventoryAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a",
            fileName: "a",
            fileKind: kind,
            fileSize: 1,
            mediaType: mediaType,
            sha256: nil,
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
    }
}
