import Catalog
package import Foundation
import Logging

extension AttachmentService {
    /// Deletes an attachment: its uploader, an admin of the conversation or a service may; other participants may not.
    ///
    /// Where deleted attachments are kept for a while, it can be restored as long. Else, and with `purging`, which its uploader
    /// and a service may, one transaction takes the row out and queues the removal of the objects, which then usually happens
    /// before this returns; where the storage is slow or down, the queued job sees to it later. With `revoking`, the URLs of
    /// one that is kept end soon.
    package func delete(
        id: UUID,
        by requester: Requester,
        purging: Bool = false,
        revoking: Bool = false
    ) async throws {
        if purging, try await purgeTrashed(id: id, by: requester) { return }
        let attachment = try await managedAttachment(id: id, for: requester, what: "delete this attachment")
        if purging { try requirePurging(of: attachment, by: requester) }
        let entry = activity(.fileDeleted, "Deleted \(attachment.fileName)", attachment: id, by: requester)
        let terms = deletionTerms(by: requester, purging: purging, revoking: revoking)
        switch try await catalog.discardAttachment(id: id, activity: entry, terms: terms) {
        case nil: throw AttachmentError.attachmentNotFound
        case .trashed: FaultPoint.pass("trash.moved")
        case .deleted(let deleted):
            FaultPoint.pass("purge.queued")
            await removeObjects(of: id, job: deleted.job)
        }
    }

    /// Does a queued deletion, together with others that are waited for, and that in the old place, and waits for it a little.
    func removeObjects(of id: UUID, job: Job) async {
        let removal = Task {
            let isDone = await joinedDeletions.run(job) { await self.runDeletions($0) }
            await runOldDeletion(of: id)
            return isDone
        }
        _ = await value(of: removal, within: configuration.inlineWait)
    }

    /// Deletes what the attachment had in its old place; where that fails, or it is not configured, the note stays, and the
    /// background work goes on with it.
    private func runOldDeletion(of id: UUID) async {
        do {
            try await deleteInOldPlace(of: id)
        } catch {
            logger.warning(
                "An object is left in its old place for now",
                metadata: ["attachment": "\(id)", "error": "\(error)"]
            )
        }
    }

    /// Deletes a message and its attachments; false where there is no such message.
    ///
    /// With `purging`, none of them can be restored.
    package func deleteMessage(
        id: UUID,
        by requester: Requester? = nil,
        purging: Bool = false,
        revoking: Bool = false
    ) async throws -> Bool {
        let terms = deletionTerms(by: requester, purging: purging, revoking: revoking)
        defer { FaultPoint.pass("trash.moved") }
        return try await catalog.deleteMessage(id: id, terms: terms)
    }

    /// Deletes a conversation with its messages and attachments; false where there is no such conversation.
    ///
    /// With `purging`, none of them can be restored.
    package func deleteConversation(
        id: UUID,
        by requester: Requester? = nil,
        purging: Bool = false,
        revoking: Bool = false
    ) async throws -> Bool {
        let terms = deletionTerms(by: requester, purging: purging, revoking: revoking)
        defer { FaultPoint.pass("trash.moved") }
        return try await catalog.deleteConversation(id: id, terms: terms)
    }
}
