import Catalog
import Foundation

extension AdoptionCandidate {
    /// A file of an old system of which nothing is known but its kind.
    static func waiting(
        _ id: UUID,
        in messageID: UUID,
        kind: FileKind,
        mediaType: String,
        sha256: String?,
        location: String
    ) -> AdoptionCandidate {
        let attachment = Attachment(
            id: id,
            messageID: messageID,
            objectKey: "attachments/\(id.uuidString.lowercased()).original",
            fileName: "file",
            fileKind: kind,
            fileSize: 1,
            mediaType: mediaType,
            sha256: sha256,
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_736_899_200)
        )
        return AdoptionCandidate(attachment: attachment, locations: [attachment.objectKey: location])
    }
}
