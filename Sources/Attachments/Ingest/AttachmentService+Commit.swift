import Catalog
import Foundation
import Logging
import S3

extension AttachmentService {
    /// Sends a file of at most one part with a single PUT.
    ///
    /// The intent is durable before the storage is called: stored here, unless that was done ahead. By the deadline the storage must be
    /// done, and the wait for its turn over.
    func putWhole(
        _ attachment: Attachment,
        body: S3Body,
        digests: S3BodyDigests,
        intent: UploadIntent,
        isIntentStored: Bool,
        by deadline: ContinuousClock.Instant
    ) async throws {
        if !isIntentStored { try await catalog.insertIntent(intent) }
        FaultPoint.pass("upload.intent")
        let storage = patientStorage.until(deadline)
        try await partPermits.withPermit(until: deadline, orThrow: S3Error.noTimeLeft(for: "PutObject")) {
            _ = try await storage.putObject(
                key: attachment.objectKey,
                body: body,
                digests: digests,
                contentType: attachment.mediaType
            )
        }
        FaultPoint.pass("upload.stored")
    }

    /// The one transaction that makes an upload exist: row in, intent out, job and activity in.
    ///
    /// It checks again that the message is there and the uploader in its conversation: minutes may have passed. One that has entered
    /// the reserve of intents sees to that as well.
    func commit(_ attachment: Attachment, by requester: Requester, renewingReserve: Bool) async throws -> Job? {
        if asksForMembership {
            guard
                let membership = try await catalog.membership(
                    messageID: attachment.messageID,
                    userID: requester.userID
                )
            else {
                throw AttachmentError.messageNotFound(attachment.messageID)
            }
            guard try await admits(requester, to: membership) else { throw AttachmentError.notAParticipant }
        }
        let entry = activity(.fileUploaded, "Uploaded \(attachment.fileName)", attachment: attachment.id, by: requester)
        do throws(CatalogError) {
            let job = try await withReserve(of: requester, isRenewed: renewingReserve) { change throws(CatalogError) in
                try await catalog.commitUpload(
                    attachment: attachment,
                    activity: entry,
                    requiresParticipation: !requester.isService && !asksForMembership,
                    quotas: quotas(for: requester),
                    reserving: change?.added,
                    releasing: change?.dropped.map(\.intent.id) ?? [],
                    isOfCrowd: change?.isOfCrowd ?? false
                )
            }
            FaultPoint.pass("upload.committed")
            return job
        } catch {
            switch error.code {
            case .notFound: throw AttachmentError.messageNotFound(attachment.messageID)
            case .forbidden: throw AttachmentError.notAParticipant
            case .quotaExceeded: throw error.breach.map(AttachmentError.quotaExceeded) ?? error
            default: throw error
            }
        }
    }

    /// Takes back what an upload that will not be may have left in the storage, and then its intent.
    ///
    /// Where the storage does not answer, the intent stays and the sweep goes on with it. It stays as well where the error
    /// tells that the storage may still be at work on something of the upload: then the sweep looks once more. Another process that
    /// took this one for dead may have taken the intent meanwhile, and looked before the last was stored: this one looks again.
    func withdraw(_ intent: UploadIntent, after error: (any Error)?) async {
        let cause = (error as? AttachmentError)?.underlying ?? error
        do {
            guard let own = try await catalog.reclaimIntent(intent) else { return remains.forget(intent.id) }
            // Not before: of an intent that the database does not take, nobody would forget it again.
            remains.note(intent.id, isSettled: (cause as? S3Error)?.leavesOutcomeOpen != true)
            // What this process has stored for something that will not be is no row's only copy.
            try await sweep(own, mayBeNeeded: false)
        } catch {
            logger.warning(
                "An abandoned upload is left to the sweep",
                metadata: ["attachment": "\(intent.id)", "error": "\(error)"]
            )
        }
    }

    /// Takes back what an intent of this process stands for, and the intent, unless something may still arrive.
    ///
    /// An object stays where a row with its id lacks one: in a database of before the objects moved, it is the only copy. Without its
    /// intent it is found as moved.
    func sweep(_ intent: UploadIntent, mayBeNeeded: Bool = true) async throws {
        // Asked before the look: what settles during it may have come after it.
        let isLastLook = remains.isSettled(intent.id)
        let isNeeded = mayBeNeeded ? try await makeSweep().isNeeded(intent.objectKey) : false
        if !isNeeded {
            do {
                try await UploadRemains(catalog: catalog, storage: storage).remove(of: intent)
            } catch let error as CatalogError where error.code == .missingIntent {
                // It is another process's by now, which looks itself.
                return remains.forget(intent.id)
            }
        }
        guard isLastLook else { return }
        if isNeeded {
            logger.error(
                "An object without a row stays, for a row with its id lacks one: see `satchel sweep --plan`",
                metadata: ["key": "\(intent.objectKey)"]
            )
        }
        try await catalog.removeIntent(id: intent.id)
        remains.forget(intent.id)
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
