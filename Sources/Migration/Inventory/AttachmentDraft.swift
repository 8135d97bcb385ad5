import Catalog
import Foundation

/// What a record, or a line of a manifest, says of one attachment; the file has not been looked at.
struct AttachmentDraft: Sendable {
    /// What complaints call it: a table and an id, or a file and a line.
    var subject: String
    var id: UUID
    var messageID: UUID
    /// Where the original is, as the record says it.
    var path: String
    var fileName: String?
    var kind: FileKind?
    var mediaType: String?
    /// Of the original, as it is stored: what a download says is made of the name.
    var contentDisposition: String?
    /// What else the original is stored with.
    var headers: ItemHeaders?
    var byteCount: Int64?
    /// 64 lower-case hex digits.
    var sha256: String?
    var durationSeconds: Double?
    var width: Double?
    var height: Double?
    /// In kbit/s.
    var bitrate: Double?
    var codec: String?
    /// Where the thumbnail is, as the record says it.
    var thumbnail: String?
    var uploadedBy: String
    /// Nil for when the file was changed.
    var uploadedAt: Date?

    init(subject: String, id: UUID, messageID: UUID, path: String, uploadedBy: String) {
        self.subject = subject
        self.id = id
        self.messageID = messageID
        self.path = path
        self.uploadedBy = uploadedBy
    }
}

/// What came of a draft.
struct DraftResult: Sendable {
    var attachment: ImportedAttachment?
    var items: [MigrationItem] = []
    var complaints: [MigrationComplaint] = []

    mutating func complain(_ kind: MigrationComplaint.Kind, _ subject: String, _ reason: String) {
        complaints.append(MigrationComplaint(kind: kind, subject: subject, reason: reason))
    }

    /// Tells of what is wrong and gets mended.
    mutating func remark(_ kind: MigrationComplaint.Kind, _ subject: String, _ reason: String) {
        complaints.append(MigrationComplaint(kind: kind, subject: subject, reason: reason, isRemark: true))
    }

    /// Complains of a file that is there and cannot be read; it is brought all the same once it can be.
    mutating func complain(closed location: String, of attachmentID: UUID, _ subject: String, _ reason: String) {
        let file = MigrationComplaint.File(attachmentID: attachmentID, location: location)
        complaints.append(MigrationComplaint(kind: .unreadable, subject: subject, reason: reason, file: file))
    }

    /// Complains of a file that is not there, which is no fault where it arrived before.
    mutating func miss(
        _ location: String,
        of attachmentID: UUID,
        _ subject: String,
        _ reason: String,
        isRemark: Bool = false
    ) {
        let file = MigrationComplaint.File(attachmentID: attachmentID, location: location)
        complaints.append(
            MigrationComplaint(kind: .missing, subject: subject, reason: reason, file: file, isRemark: isRemark)
        )
    }
}

extension InventoryBatch {
    /// Takes in what came of a draft.
    mutating func take(_ result: DraftResult) {
        if let attachment = result.attachment {
            attachments.append(attachment)
            items += result.items
        }
        complaints += result.complaints
    }
}
