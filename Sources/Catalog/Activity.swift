package import Foundation

/// What a user did with a file.
package enum ActivityAction: String, Sendable, Codable, CaseIterable {
    case fileUploaded = "file_uploaded"
    case fileDownloaded = "file_downloaded"
    case fileDeleted = "file_deleted"
    case fileRestored = "file_restored"
    case filePurged = "file_purged"
}

/// One line of the activity log.
///
/// It outlives the attachment, the message and the conversation.
package struct Activity: Sendable, Equatable {
    /// The number of the line, nil until it is stored.
    package let id: Int64?
    /// Who did it.
    package let userID: String
    /// What was done.
    package let action: ActivityAction
    /// What was done, in words for people.
    package let description: String
    /// The attachment, which may be gone.
    package let attachmentID: UUID?
    /// The address that the request came from.
    package let clientAddress: String?
    /// The program that the request came from, by its own account.
    package let userAgent: String?
    /// When it was done.
    package let occurredAt: Date

    /// Makes a value; nothing is stored by it.
    package init(
        id: Int64? = nil,
        userID: String,
        action: ActivityAction,
        description: String,
        attachmentID: UUID? = nil,
        clientAddress: String? = nil,
        userAgent: String? = nil,
        occurredAt: Date
    ) {
        self.id = id
        self.userID = userID
        self.action = action
        self.description = description
        self.attachmentID = attachmentID
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.occurredAt = occurredAt
    }
}
