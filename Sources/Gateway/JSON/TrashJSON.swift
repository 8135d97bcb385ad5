import Attachments
import Catalog
import Foundation

/// A page of deleted attachments that can be restored, the latest deletion first.
struct TrashPageJSON: Encodable {
    let trash: [TrashedAttachment]
    /// What `cursor` must be for the next page; nil on the last.
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case trash
        case nextCursor = "next_cursor"
    }

    init(_ trash: [TrashedAttachment], next: TrashPosition?) {
        self.trash = trash
        nextCursor = next.map(PageCursor.text)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(trash.map(TrashedJSON.init), forKey: .trash)
        try fields.encode(nextCursor, forKey: .nextCursor)
    }
}

/// One deleted attachment: what it was, and nothing that leads to its bytes.
private struct TrashedJSON: Encodable {
    let trashed: TrashedAttachment

    private enum CodingKeys: String, CodingKey {
        case id
        case conversationID = "conversation_id"
        case messageID = "message_id"
        case fileName = "file_name"
        case fileType = "file_type"
        case fileSize = "file_size"
        case mediaType = "mime_type"
        case uploadedBy = "uploaded_by"
        case uploadedAt = "uploaded_at"
        case deletedBy = "deleted_by"
        case deletedAt = "deleted_at"
        case purgeAfter = "purge_after"
    }

    func encode(to encoder: any Encoder) throws {
        let attachment = trashed.attachment
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(attachment.id.text, forKey: .id)
        try fields.encode(trashed.conversationID.text, forKey: .conversationID)
        try fields.encode(attachment.messageID.text, forKey: .messageID)
        try fields.encode(attachment.fileName, forKey: .fileName)
        try fields.encode(attachment.fileKind.rawValue, forKey: .fileType)
        try fields.encode(attachment.fileSize, forKey: .fileSize)
        try fields.encode(attachment.mediaType, forKey: .mediaType)
        try fields.encode(attachment.uploadedBy, forKey: .uploadedBy)
        try fields.encode(attachment.uploadedAt.ISO8601Format(), forKey: .uploadedAt)
        try fields.encode(trashed.deletedBy, forKey: .deletedBy)
        try fields.encode(trashed.deletedAt.ISO8601Format(), forKey: .deletedAt)
        try fields.encode(trashed.purgeAfter.ISO8601Format(), forKey: .purgeAfter)
    }
}
