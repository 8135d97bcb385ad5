import Catalog
package import Foundation

extension AttachmentService {
    /// Has an attachment probed and rendered again: its uploader, an admin of the conversation or a service may.
    ///
    /// Queues a job and returns the attachment, which is processing then. The job of one that waits in an old place reads it
    /// there; where a picture of it waits, the job waits for that to be moved. Throws `conflict` for a kind of file that is never
    /// processed.
    package func reprocess(id: UUID, by requester: Requester) async throws -> AttachmentView {
        let attachment = try await managedAttachment(
            id: id,
            for: requester,
            what: "have this attachment processed again"
        )
        try attachment.requireDelivery()
        guard SniffedType(kind: attachment.fileKind, mediaType: attachment.mediaType).isProcessed else {
            throw AttachmentError(
                .conflict,
                "There is nothing to process in a file of type \(attachment.fileKind.rawValue) (\(attachment.mediaType))."
            )
        }
        guard let queued = try await catalog.requestProcessing(attachmentID: id) else {
            throw AttachmentError.attachmentNotFound
        }
        return try view(of: queued)
    }

    /// An attachment of which the requester may dispose; `forbidden` for a participant who may only see it.
    func managedAttachment(id: UUID, for requester: Requester, what: String) async throws -> Attachment {
        let (attachment, role) = try await visibleAttachment(id: id, for: requester)
        let isUploader = ExactText(attachment.uploadedBy) == ExactText(requester.userID)
        guard requester.isService || role == .admin || isUploader else {
            throw AttachmentError(.forbidden, "Only the uploader or an admin of the conversation may \(what).")
        }
        return attachment
    }
}
