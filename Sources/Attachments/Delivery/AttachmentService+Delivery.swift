import Catalog
package import Foundation
import S3
import SigV4

extension AttachmentService {
    /// An attachment with fresh URLs; for a requester who may not see it, the same error as for one that does not exist.
    package func attachment(id: UUID, for requester: Requester) async throws -> AttachmentView {
        view(of: try await visibleAttachment(id: id, for: requester).attachment)
    }

    /// A video with fresh URLs, written to the activity log as a download; `not_a_video` for any other kind.
    package func downloadVideo(id: UUID, for requester: Requester) async throws -> AttachmentView {
        let attachment = try await visibleAttachment(id: id, for: requester).attachment
        guard attachment.fileKind == .video else {
            throw AttachmentError(.notAVideo, "This attachment is not a video.")
        }
        try await recordDownload(of: attachment, by: requester)
        return view(of: attachment)
    }

    /// A message's attachments, oldest first; the caller has checked that the requester may see the message.
    package func views(messageID: UUID) async throws -> [AttachmentView] {
        try await catalog.attachments(messageID: messageID).map(view(of:))
    }

    /// The record with URLs signed for the window that the present falls into, by the storage's clock: it judges them.
    func view(of attachment: Attachment) -> AttachmentView {
        let window = max(1, configuration.urlWindow.components.seconds)
        let signedAt = storage.now.flooredToWindow(seconds: window)
        let lifetime = configuration.urlLifetime
        let url = storage.presignGet(
            key: attachment.objectKey,
            expiresIn: lifetime,
            at: signedAt,
            responseContentType: attachment.mediaType,
            responseContentDisposition: Self.disposition(of: attachment)
        )
        let renditions = attachment.renditions.map { rendition in
            let file = ObjectKey.fileName(rendition: rendition.name, mediaType: rendition.mediaType)
            let url = storage.presignGet(
                key: rendition.objectKey,
                expiresIn: lifetime,
                at: signedAt,
                responseContentType: rendition.mediaType,
                responseContentDisposition: ContentDisposition.inline(fileName: file)
            )
            return RenditionView(rendition: rendition, url: url)
        }
        let expiry = signedAt.secondsSinceEpoch + lifetime.components.seconds
        return AttachmentView(
            attachment: attachment,
            url: url,
            renditions: renditions,
            expiresAt: Date(timeIntervalSince1970: TimeInterval(expiry))
        )
    }

    func visibleAttachment(
        id: UUID,
        for requester: Requester
    ) async throws -> (attachment: Attachment, role: ParticipantRole?) {
        guard let found = try await catalog.attachmentWithMembership(id: id, userID: requester.userID) else {
            throw AttachmentError.attachmentNotFound
        }
        let role = try await role(of: requester, conversationID: found.conversationID, stored: found.role)
        guard requester.isService || role != nil else { throw AttachmentError.attachmentNotFound }
        return (found.attachment, role)
    }
}
