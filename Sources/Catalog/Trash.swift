package import Foundation

/// What becomes of attachments that are deleted.
package struct DeletionTerms: Sendable, Equatable {
    /// For how many seconds they can be restored; none, and their objects are deleted at once.
    package var retention: TimeInterval
    /// The URLs that are out end before those of the objects do.
    package var revokesURLs: Bool
    /// Who deletes; nil where that is nobody's to tell.
    package var userID: String?

    /// Makes terms; by default nothing is kept.
    package init(retention: TimeInterval = 0, revokesURLs: Bool = false, userID: String? = nil) {
        self.retention = retention
        self.revokesURLs = revokesURLs
        self.userID = userID
    }

    /// Whether anything can be restored.
    var keeps: Bool { retention > 0 }
}

/// An attachment that was deleted and can be restored.
package struct TrashedAttachment: Sendable, Equatable {
    /// The attachment as it was; of its objects none is told to wait in an old place, even if one does.
    package var attachment: Attachment
    /// The conversation that it was of.
    package var conversationID: UUID
    /// Who deleted it; nil where that is not known.
    package var deletedBy: String?
    /// When it was deleted.
    package var deletedAt: Date
    /// From when on it is purged.
    package var purgeAfter: Date
    /// URLs of before the deletion are still to be ended.
    package var isRevoking: Bool
}

/// What became of the deletion of one attachment.
package enum DeletionOutcome: Sendable, Equatable {
    /// It can be restored.
    case trashed(TrashedAttachment)
    /// It is gone, and its objects are going to be.
    case deleted(DeletedAttachment)
}

/// What became of the wish to have a deleted attachment back.
package enum RestoreOutcome: Sendable, Equatable {
    /// It is as it was.
    case restored(Attachment)
    /// There is no such deleted attachment.
    case notTrashed
    /// Its message is not there, or is one of another conversation.
    case messageGone
}

/// A place in the trash, the latest deletion first.
package struct TrashPosition: Sendable, Equatable {
    /// When it was deleted, in milliseconds since 1970 UTC.
    package let deletedAt: Int64
    /// Which one.
    package let id: UUID

    /// Makes a place.
    package init(deletedAt: Int64, id: UUID) {
        self.deletedAt = deletedAt
        self.id = id
    }

    /// The place of what is in the trash.
    package init(of trashed: TrashedAttachment) {
        self.init(deletedAt: trashed.deletedAt.milliseconds, id: trashed.attachment.id)
    }
}

/// What of the trash is asked for; what is nil does not matter.
package struct TrashFilter: Sendable, Equatable {
    /// Of this conversation alone.
    package var conversationID: UUID?
    /// Of this message alone.
    package var messageID: UUID?
    /// Deleted by this user alone.
    package var deletedBy: String?

    /// Makes a filter; by default everything passes.
    package init(conversationID: UUID? = nil, messageID: UUID? = nil, deletedBy: String? = nil) {
        self.conversationID = conversationID
        self.messageID = messageID
        self.deletedBy = deletedBy
    }
}

/// What is written down of a deleted attachment: all that it takes to have it back.
///
/// A later release must read what this one wrote: what comes in anew has to be optional.
struct TrashRecord: Codable {
    /// Work that was still to be done.
    struct Work: Codable, Equatable {
        let kind: JobKind
        let name: String
        /// What it is to keep of its stage.
        var stage: String? = nil
    }

    var attachment: Attachment
    var jobs: [Work]

    init(_ attachment: Attachment, jobs: [Work]) {
        self.attachment = attachment
        // Where they are, the rows of the old places tell.
        self.attachment.waitingPlaces = []
        self.jobs = jobs
    }

    init(text: String) throws {
        do {
            self = try JSONDecoder().decode(TrashRecord.self, from: Data(text.utf8))
        } catch {
            throw CatalogError(code: .corrupt, message: "the record of a deleted attachment cannot be read")
        }
    }

    var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}

extension Attachment {
    /// The line of the log that says that the attachment's objects are given up, by who deleted it.
    func purge(after deletion: Activity) -> Activity {
        Activity(
            userID: deletion.userID,
            action: .filePurged,
            description: "Purged \(fileName)",
            attachmentID: id,
            cause: .deleted,
            clientAddress: deletion.clientAddress,
            userAgent: deletion.userAgent,
            occurredAt: deletion.occurredAt
        )
    }

    /// The line of the log that says that an object of the attachment, which stays itself, is given up.
    func purge(of objectKey: String? = nil, because cause: PurgeCause, _ words: String, at date: Date) -> Activity {
        Activity(
            userID: uploadedBy,
            action: .filePurged,
            description: words,
            attachmentID: id,
            cause: cause,
            objectKey: objectKey,
            occurredAt: date
        )
    }
}
