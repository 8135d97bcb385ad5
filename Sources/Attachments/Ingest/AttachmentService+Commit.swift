import Catalog
import Foundation
import Logging
import S3

extension AttachmentService {
    /// Sends a file of at most one part with a single PUT.
    ///
    /// The intent is durable before the storage is called.
    func putWhole(_ attachment: Attachment, file: SpoolFile, intent: UploadIntent) async throws {
        try await catalog.insertIntent(intent)
        try await partPermits.withPermit {
            _ = try await storage.putObject(
                key: attachment.objectKey,
                body: .file(descriptor: file.descriptor, offset: 0, count: file.byteCount),
                sha256: attachment.sha256,
                contentType: attachment.mediaType
            )
        }
    }

    /// The one transaction that makes an upload exist: row in, intent out, job and activity in.
    ///
    /// It checks again that the message is there and the uploader in its conversation: minutes may have passed.
    func commit(_ attachment: Attachment, by requester: Requester) async throws -> Job? {
        let entry = activity(.fileUploaded, "Uploaded \(attachment.fileName)", attachment: attachment.id, by: requester)
        do throws(CatalogError) {
            return try await catalog.commitUpload(
                attachment: attachment,
                activity: entry,
                requiresParticipation: !requester.isService
            )
        } catch {
            switch error.code {
            case .notFound: throw AttachmentError.messageNotFound(attachment.messageID)
            case .forbidden: throw AttachmentError.notAParticipant
            default: throw error
            }
        }
    }

    /// Takes back what an upload that will not be may have left in the storage, and then its intent.
    ///
    /// Where the storage does not answer, the intent stays and the sweep goes on with it.
    func withdraw(id: UUID, objectKey: String) async {
        do {
            try await removeRemains(objectKey: objectKey)
            try await catalog.removeIntent(id: id)
        } catch {
            logger.warning(
                "An abandoned upload is left to the sweep",
                metadata: ["attachment": "\(id)", "error": "\(error)"]
            )
        }
    }

    /// Aborts every multipart upload of the key and deletes its object, unless an attachment refers to it.
    ///
    /// The uploads are asked for by key: a lost answer can hide an id, and a repeated request can have made two.
    func removeRemains(objectKey: String) async throws {
        guard try await catalog.referencedObjectKeys(among: [objectKey]).isEmpty else { return }
        for upload in try await storage.listMultipartUploads(prefix: objectKey) where upload.key == objectKey {
            try await storage.abortMultipartUpload(key: objectKey, uploadID: upload.uploadID)
        }
        try await storage.deleteObject(key: objectKey)
    }

    /// An entry for the activity log.
    func activity(
        _ action: ActivityAction,
        _ description: String,
        attachment id: UUID,
        by requester: Requester
    ) -> Activity {
        Activity(
            id: nil,
            userID: requester.userID,
            action: action,
            description: description,
            attachmentID: id,
            clientAddress: requester.clientAddress,
            userAgent: requester.userAgent,
            occurredAt: Date()
        )
    }
}
