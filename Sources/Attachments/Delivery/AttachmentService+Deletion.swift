import Catalog
package import Foundation
import Logging
import S3

extension AttachmentService {
    /// Deletes an attachment: its uploader, an admin of the conversation or a service may; other participants may not.
    ///
    /// One transaction takes the row out and queues the removal of the objects, which then usually happens before this
    /// returns; where the storage is slow or down, the queued job sees to it later.
    package func delete(id: UUID, by requester: Requester) async throws {
        let attachment = try await managedAttachment(id: id, for: requester, what: "delete this attachment")
        let entry = activity(.fileDeleted, "Deleted \(attachment.fileName)", attachment: id, by: requester)
        guard let deleted = try await catalog.deleteAttachment(id: id, activity: entry) else {
            throw AttachmentError.attachmentNotFound
        }
        let removal = Task {
            let isDone = await runDeletion(deleted.job)
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
    package func deleteMessage(id: UUID) async throws -> Bool {
        try await catalog.deleteMessage(id: id)
    }

    /// Deletes a conversation with its messages and attachments; false where there is no such conversation.
    package func deleteConversation(id: UUID) async throws -> Bool {
        try await catalog.deleteConversation(id: id)
    }

    /// Deletes a job's objects and then the job.
    ///
    /// Doing it twice does no harm. Answers whether they are gone now.
    @discardableResult
    func runDeletion(_ job: Job) async -> Bool {
        do {
            try await storage.deleteObjects(keys: job.objectKeys)
            try await catalog.removeJob(id: job.id)
            return true
        } catch {
            await postpone(job, error: error)
            return false
        }
    }
}
