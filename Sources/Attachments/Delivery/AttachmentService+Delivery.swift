import Catalog
package import Foundation
import S3
import SigV4

extension AttachmentService {
    /// An attachment with fresh URLs; for a requester who may not see it, the same error as for one that does not exist.
    package func attachment(id: UUID, for requester: Requester) async throws -> AttachmentView {
        try view(of: try await visibleAttachment(id: id, for: requester).attachment)
    }

    /// A video with fresh URLs, written to the activity log as a download; `not_a_video` for any other kind.
    package func downloadVideo(id: UUID, for requester: Requester) async throws -> AttachmentView {
        let attachment = try await visibleAttachment(id: id, for: requester).attachment
        guard attachment.fileKind == .video else {
            throw AttachmentError(.notAVideo, "This attachment is not a video.")
        }
        try attachment.requireDelivery()
        try await recordDownload(of: attachment, by: requester)
        return try view(of: attachment)
    }

    /// A message's attachments, oldest first; the caller has checked that the requester may see the message.
    ///
    /// Those that wait in an old place that is not configured are left out.
    package func views(messageID: UUID) async throws -> [AttachmentView] {
        try views(of: try await catalog.attachments(messageID: messageID))
    }

    /// The views of those that can be delivered; throws where no URL can be made at all.
    func views(of attachments: some Sequence<Attachment>) throws -> [AttachmentView] {
        try attachments.compactMap { attachment in
            do {
                return try view(of: attachment)
            } catch {
                guard (error as? AttachmentError)?.code == .storageUnavailable else { throw error }
                return nil
            }
        }
    }

    /// The record, without any URL where the attachment is held back; else with URLs signed for the window that the present falls
    /// into, by the storage's clock where it judges them.
    ///
    /// What waits in its old place has a URL there, which stays good when the object is moved a moment later; it is moved first
    /// from now on. Throws `storage_unavailable` where the original waits and its old place is not configured; a rendition of
    /// which that is so is left out. Throws `internal` where a URL cannot be signed.
    func view(of attachment: Attachment) throws -> AttachmentView {
        // No URL of what nobody has looked through, whatever way it is asked for.
        guard attachment.hold == nil else { return AttachmentView(withoutURLs: attachment) }
        touch(attachment.waitingPlaces)
        let signedAt = objectURLStart
        let lifetime =
            configuration.objectURLs == nil
            ? storage.presignedLifetime(configuration.urlLifetime, at: signedAt) : configuration.urlLifetime
        func url(key: String, mediaType: String, disposition: String, rendition: String?) throws -> String? {
            let terms = URLTerms(
                signedAt: signedAt,
                lifetime: lifetime,
                mediaType: mediaType,
                disposition: disposition
            )
            if let place = attachment.waitingPlace(ofKey: key) {
                return oldURL(of: place, attachment: attachment, rendition: rendition, terms: terms)
            }
            return try objectURL(key: key, terms: terms)
        }
        let original = try url(
            key: attachment.objectKey,
            mediaType: attachment.mediaType,
            disposition: Self.disposition(of: attachment),
            rendition: nil
        )
        guard let original else { throw AttachmentError.oldPlaceUnavailable() }
        var renditions = try attachment.renditions.compactMap { rendition -> RenditionView? in
            guard !rendition.isPartOfLadder else { return nil }
            let url = try url(
                key: rendition.objectKey,
                mediaType: rendition.mediaType,
                disposition: Self.disposition(of: rendition),
                rendition: rendition.name
            )
            return url.map { RenditionView(rendition: rendition, url: $0) }
        }
        if let ladder = ladderView(of: attachment) { renditions.append(ladder) }
        let expiry = signedAt.secondsSinceEpoch + lifetime.components.seconds
        return AttachmentView(
            attachment: attachment,
            url: original,
            renditions: renditions,
            expiresAt: Date(timeIntervalSince1970: TimeInterval(expiry))
        )
    }

    /// The window that the present falls into by the clock of whoever judges the URLs of objects.
    var objectURLStart: SigningTime { windowStart(of: configuration.objectURLs == nil ? storage.now : .now()) }

    /// The window that the present falls into by our own clock, which judges the gateway's own URLs.
    var ownURLStart: SigningTime { windowStart(of: .now()) }

    private func windowStart(of time: SigningTime) -> SigningTime {
        time.flooredToWindow(seconds: max(1, configuration.urlWindow.components.seconds))
    }

    /// The URL of an object in the storage, of whatever kind the operator wants.
    ///
    /// A client can do nothing with a URL that nobody has signed, and would ask the network for it again and again.
    func objectURL(key: String, terms: URLTerms) throws(AttachmentError) -> String {
        if let signer = configuration.objectURLs {
            do throws(URLSigningError) {
                return try signer.url(forKey: key, terms: terms)
            } catch {
                throw AttachmentError(.internalError, "The URL of a file could not be signed.", underlying: error)
            }
        }
        return storage.presignGet(
            key: key,
            expiresIn: terms.lifetime,
            at: terms.signedAt,
            responseContentType: terms.mediaType,
            responseContentDisposition: terms.disposition
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
