package import Foundation

/// What a user did with a file.
package enum ActivityAction: String, Sendable, Codable, CaseIterable {
    case fileUploaded = "file_uploaded"
    case fileDownloaded = "file_downloaded"
    case fileDeleted = "file_deleted"
    case fileRestored = "file_restored"
    case filePurged = "file_purged"
}

/// Why objects were purged.
package enum PurgeCause: String, Sendable, Codable, CaseIterable {
    /// The attachment was deleted, and not to be kept; or somebody had it purged before the time.
    case deleted
    /// The attachment was deleted, and the time is over for which it could be restored.
    case retentionOver = "retention_over"
    /// A scanner found something in the file.
    case infected
    /// The file was larger than the scanner takes.
    case scanTooLarge = "scan_too_large"
    /// A rendition took the place of the original.
    case replaced
    /// Nothing in the catalog referred to the object.
    case orphaned
}

/// One line of the activity log.
///
/// It outlives the attachment, the message and the conversation.
package struct Activity: Sendable, Equatable {
    /// The number of the line, nil until it is stored.
    package let id: Int64?
    /// Who did it, or whose file it was where that happened by itself; nil where the object was nobody's.
    package let userID: String?
    /// What was done.
    package let action: ActivityAction
    /// What was done, in words for people.
    package let description: String
    /// The attachment, which may be gone.
    package let attachmentID: UUID?
    /// Why it was purged; nil where it was not, or an older release did it.
    package let cause: PurgeCause?
    /// The one object that it is about; nil where it is about all of the attachment.
    package let objectKey: String?
    /// The address that the request came from.
    package let clientAddress: String?
    /// The program that the request came from, by its own account.
    package let userAgent: String?
    /// When it was done.
    package let occurredAt: Date

    /// Makes a value; nothing is stored by it.
    package init(
        id: Int64? = nil,
        userID: String?,
        action: ActivityAction,
        description: String,
        attachmentID: UUID? = nil,
        cause: PurgeCause? = nil,
        objectKey: String? = nil,
        clientAddress: String? = nil,
        userAgent: String? = nil,
        occurredAt: Date
    ) {
        self.id = id
        self.userID = userID
        self.action = action
        self.description = description
        self.attachmentID = attachmentID
        self.cause = cause
        self.objectKey = objectKey
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.occurredAt = occurredAt
    }
}
