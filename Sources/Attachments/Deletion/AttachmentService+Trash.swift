package import Catalog
package import Foundation
import Logging

// Deleted attachments that can be restored.
extension AttachmentService {
    /// So many are purged in one transaction: about as many as one DeleteObjects has keys for.
    private static var purgedAtOnce: Int { 200 }
    /// So many attachments' URLs are ended before the trash is looked through again.
    private static var revokedAtOnce: Int { 16 }

    func deletionTerms(by requester: Requester?, purging: Bool, revoking: Bool) -> DeletionTerms {
        let deletion = configuration.deletion
        return DeletionTerms(
            retention: purging ? 0 : deletion.retention / .seconds(1),
            revokesURLs: revoking || deletion.revokesURLs,
            userID: requester?.userID
        )
    }

    /// What can be restored, the latest deletion first, and the place of the next page where there is one.
    ///
    /// A service sees everything, everybody else what they deleted.
    package func trash(
        _ filter: TrashFilter,
        after position: TrashPosition? = nil,
        limit: Int,
        for requester: Requester
    ) async throws -> (page: [TrashedAttachment], next: TrashPosition?) {
        var filter = filter
        if !requester.isService { filter.deletedBy = requester.userID }
        // One more than asked for tells whether there is a next page.
        let found = try await catalog.trash(filter, after: position, limit: limit + 1)
        let page = Array(found.prefix(limit))
        return (page, found.count > limit ? page.last.map(TrashPosition.init(of:)) : nil)
    }

    /// Has a deleted attachment back: its uploader, an admin of the conversation or a service may.
    ///
    /// One that is not deleted stays as it is. Throws `message_gone` where its message was deleted: the app makes it known
    /// again first; `quota_exceeded` where it does not fit any more; the error of one that does not exist after its purge.
    package func restore(id: UUID, by requester: Requester) async throws -> AttachmentView {
        let what = "restore this attachment"
        guard let (trashed, role, isKnown) = try await trashed(id: id, for: requester) else {
            return try view(of: try await managedAttachment(id: id, for: requester, what: what))
        }
        // Without the conversation, nobody takes part: what is missing is told below.
        let uploader = ExactText(trashed.attachment.uploadedBy)
        let isUploader = uploader == ExactText(requester.userID) && (role != nil || !isKnown)
        guard requester.isService || role == .admin || isUploader else {
            throw AttachmentError(.forbidden, "Only the uploader or an admin of the conversation may \(what).")
        }
        let name = trashed.attachment.fileName
        let entry = activity(.fileRestored, "Restored \(name)", attachment: id, by: requester)
        let outcome: RestoreOutcome
        do throws(CatalogError) {
            outcome = try await catalog.restoreAttachment(id: id, activity: entry, quotas: quotas(for: requester))
        } catch {
            throw error.breach.map(AttachmentError.quotaExceeded) ?? error
        }
        FaultPoint.pass("trash.restored")
        switch outcome {
        case .restored(let attachment): return try view(of: attachment)
        case .messageGone:
            throw AttachmentError(
                .messageGone,
                "The message of this attachment was deleted. Make it known again, then restore the attachment."
            )
        case .notTrashed:
            return try view(of: try await managedAttachment(id: id, for: requester, what: what))
        }
    }

    /// Purges what is in the trash long enough, and ends the URLs of what is to be out of reach before that.
    func tendTrash() async throws {
        var count: Int
        repeat {
            count = try await catalog.purgeTrash(limit: Self.purgedAtOnce)
            if count > 0 { FaultPoint.pass("trash.purged") }
            try Task.checkCancellation()
        } while count == Self.purgedAtOnce
        for trashed in try await catalog.trashToRevoke(limit: Self.revokedAtOnce) {
            try Task.checkCancellation()
            do {
                _ = try await copyObjects(of: trashed.attachment) { copies in
                    FaultPoint.pass("trash.copied")
                    return try await catalog.finishTrashRevocation(of: trashed.attachment, copies: copies)
                }
            } catch {
                try Task.checkCancellation()
                logger.warning(
                    "The URLs of a deleted attachment could not be ended, and it is tried again",
                    metadata: ["attachment": "\(trashed.attachment.id)", "error": "\(error)"]
                )
                try await catalog.postponeTrashRevocation(id: trashed.attachment.id)
            }
        }
    }

    /// Purges an attachment that was deleted before; false where it is not in the trash, or not for the requester.
    func purgeTrashed(id: UUID, by requester: Requester) async throws -> Bool {
        guard let (trashed, role, _) = try await trashed(id: id, for: requester) else { return false }
        try requirePurging(of: trashed.attachment, by: requester)
        // As of one that is not deleted: who was taken out of the conversation destroys nothing that others may still restore.
        guard requester.isService || role != nil else {
            throw AttachmentError(.forbidden, "Only a participant of the conversation may purge this attachment.")
        }
        guard let job = try await catalog.purgeTrashed(id: id, by: requester.userID) else { return false }
        FaultPoint.pass("trash.purged")
        await removeObjects(of: id, job: job)
        return true
    }

    func requirePurging(of attachment: Attachment, by requester: Requester) throws {
        guard requester.isService || ExactText(attachment.uploadedBy) == ExactText(requester.userID) else {
            throw AttachmentError(.forbidden, "Only the uploader may purge this attachment.")
        }
    }

    /// What was deleted, the requester's role in its conversation, and whether there is that; nil for who has nothing to do
    /// with it.
    private func trashed(
        id: UUID,
        for requester: Requester
    ) async throws -> (trashed: TrashedAttachment, role: ParticipantRole?, isKnown: Bool)? {
        guard let trashed = try catalog.trashed(id: id) else { return nil }
        let conversationID = trashed.conversationID
        let (isKnown, stored) = try await catalog.role(conversationID: conversationID, userID: requester.userID)
        let role = isKnown ? try await role(of: requester, conversationID: conversationID, stored: stored) : nil
        let userID = ExactText(requester.userID)
        let isOwn = [trashed.attachment.uploadedBy, trashed.deletedBy].contains { $0.map(ExactText.init) == userID }
        guard requester.isService || role != nil || isOwn else { return nil }
        return (trashed, role, isKnown)
    }
}
