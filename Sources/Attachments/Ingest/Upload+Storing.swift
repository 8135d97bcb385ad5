import Catalog
import Foundation
import S3

// The way of an upload's bytes into the storage, and the intents under which they go there.
extension Upload {
    /// Becomes the upload that an intent was put by for, where there is one: nothing was stored under the first id.
    func enterReserve() {
        isInReserve = true
        guard let reserved = service.intentReserve.enter() else { return }
        service.endUpload(id)
        (id, objectKey) = (reserved.id, reserved.objectKey)
        self.reserved = reserved
        hasTouchedStorage = true
    }

    func leaveReserve() async {
        guard isInReserve else { return }
        isInReserve = false
        await service.leaveReserve()
    }

    /// Sends the parts that lie ready, once the upload may touch the storage and is known to be more than one part.
    func sendReadyParts() {
        guard message != nil, let file, let type = intake?.type, intake?.needsMultipart == true,
            isStripped || !service.strips(type.mediaType)
        else { return }
        let uploader = uploader ?? startUploader(file: file, mediaType: type.mediaType)
        while let part = intake?.takeReadyPart() {
            uploader.submit(part)
        }
    }

    func startUploader(file: SpoolFile, mediaType: String) -> PartUploader {
        hasTouchedStorage = true
        let started = PartUploader(
            storage: service.patientStorage,
            key: objectKey,
            contentType: mediaType,
            file: file,
            inFlight: service.configuration.partsInFlightPerUpload,
            permits: service.partPermits,
            intents: service.catalog,
            intent: intent,
            deadline: deadline
        )
        uploader = started
        return started
    }

    func store(_ attachment: Attachment, file: SpoolFile, intake: FileIntake) async throws {
        // From here on the client waits for the storage alone.
        let deadline = ContinuousClock.now.advanced(by: service.configuration.storageDeadline)
        self.deadline = deadline
        sendReadyParts()
        guard let uploader else {
            hasTouchedStorage = true
            try await service.putWhole(
                attachment,
                body: intake.body,
                digests: intake.soleDigests,
                intent: intent,
                isIntentStored: reserved != nil,
                by: deadline
            )
            return
        }
        if let last = self.intake?.takeLastPart() {
            uploader.submit(last)
        }
        let outcome = try await uploader.finish(by: deadline)
        guard outcome.parts.reduce(0, { $0 + $1.byteCount }) == file.byteCount else {
            throw AttachmentError(.internalError, "The parts do not add up to the file. Nothing was kept; try again.")
        }
        let (storage, objectKey, id) = (service.patientStorage.until(deadline), objectKey, id)
        // Cancelled while it is under way, it could succeed unseen.
        try await uncancelled {
            _ = try await storage.completeMultipartUpload(
                key: objectKey,
                uploadID: outcome.uploadID,
                parts: outcome.parts,
                proof: (name: PartUploader.proofName, value: id.uuidString)
            )
        }
    }

    var intent: UploadIntent {
        reserved
            ?? UploadIntent(id: id, objectKey: objectKey, uploadID: nil, userID: requester.userID, createdAt: startedAt)
    }

    func mapped<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            if error is S3Error { storageFailure = error }
            throw AttachmentError.from(error)
        }
    }
}
