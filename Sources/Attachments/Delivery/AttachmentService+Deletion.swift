import Catalog
package import Foundation
import S3

extension AttachmentService {
    /// Deletes an attachment: its uploader, an admin of the conversation or a service may; other participants may not.
    ///
    /// One transaction takes the row out and queues the removal of the objects, which then usually happens before this
    /// returns; where the storage is slow or down, the queued job sees to it later.
    package func delete(id: UUID, by requester: Requester) async throws {
        let (attachment, role) = try await visibleAttachment(id: id, for: requester)
        guard requester.isService || role == .admin || attachment.uploadedBy == requester.userID else {
            throw AttachmentError(
                .forbidden,
                "Only the uploader or an admin of the conversation may delete this attachment."
            )
        }
        let entry = activity(.fileDeleted, "Deleted \(attachment.fileName)", attachment: id, by: requester)
        guard let deleted = try await catalog.deleteAttachment(id: id, activity: entry) else {
            throw AttachmentError.attachmentNotFound
        }
        let removal = Task { await runDeletion(deleted.job) }
        _ = await value(of: removal, within: configuration.inlineWait)
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
    /// Doing it twice does no harm.
    func runDeletion(_ job: Job) async {
        do {
            try await storage.deleteObjects(keys: job.objectKeys)
            try await catalog.removeJob(id: job.id)
        } catch {
            await postpone(job, error: error)
        }
    }
}
