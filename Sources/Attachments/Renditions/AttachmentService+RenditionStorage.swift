import Catalog
import Foundation
import Media
import NIOCore
import S3

extension AttachmentService {
    /// Stores what was encoded, and the index of a step of the ladder beside it, and records both in one transaction.
    ///
    /// Intents cover the keys until rows name them: the attachment may be deleted at any moment.
    func store(
        _ made: TranscodedFile,
        _ file: SpoolFile,
        as specification: TranscodeSpecification,
        of attachment: Attachment,
        job: Job
    ) async throws {
        let mediaType = specification.container.mediaType
        var rendition = Rendition(
            name: specification.name,
            objectKey: ObjectKey.rendition(specification.name, mediaType: mediaType, of: attachment.objectKey),
            width: made.width,
            height: made.height,
            mediaType: mediaType,
            byteCount: made.byteCount,
            streams: made.streams?.json
        )
        let index = try index(of: made, rendition, attachment)
        let intents = ([rendition] + (index.map { [$0.rendition] } ?? []))
            .map { rendition in
                UploadIntent(
                    id: .version7(),
                    objectKey: rendition.objectKey,
                    userID: attachment.uploadedBy,
                    createdAt: Date()
                )
            }
        for intent in intents { takeInHand(intent.id) }
        defer { for intent in intents { endUpload(intent.id) } }
        do throws(CatalogError) {
            try await catalog.insertIntents(intents, refusingKeysInDeletion: true, renditionsOf: attachment.id)
        } catch {
            guard error.code == .constraint else { throw error }
            throw UnsweptRendition()
        }
        // A part that may still arrive, whatever else ended the work.
        var openFailure: S3Error?
        do {
            // A process that stood still may have lost it; what is under the key by now can have become somebody's original.
            guard try await catalog.takeIntent(id: intents[0].id, onlyOwn: true) != nil else {
                throw CatalogError.missingIntent
            }
            rendition.sha256 = try await put(
                file,
                key: rendition.objectKey,
                mediaType: mediaType,
                intent: intents[0],
                leavingOpen: &openFailure
            )
            if let index {
                _ = try await storage.putObject(
                    key: index.rendition.objectKey,
                    body: .bytes(ByteBuffer(bytes: index.bytes)),
                    contentType: index.rendition.mediaType
                )
            }
            FaultPoint.pass("transcode.stored")
            _ = try await catalog.recordRenditions(
                [rendition] + (index.map { [$0.rendition] } ?? []),
                attachmentID: attachment.id,
                job: job,
                replacement: configuration.transcoding.replacement(of: attachment)?.name
            )
            FaultPoint.pass("transcode.recorded")
        } catch {
            let failure: any Error = openFailure ?? error
            await uncancelled { for intent in intents { await self.withdraw(intent, after: failure) } }
            throw error
        }
    }

    /// Throws `UnsweptRendition` where what is to be encoded could not be stored: before minutes of work, not after them.
    ///
    /// A process that died after it had stored a rendition leaves an intent, which is in the way until the process counts as dead.
    func refuseHinderedKeys(of specification: TranscodeSpecification, _ attachment: Attachment) async throws {
        let mediaType = specification.container.mediaType
        var keys = [ObjectKey.rendition(specification.name, mediaType: mediaType, of: attachment.objectKey)]
        if specification.container == .fragmented {
            let name = Rendition.indexName(ofStep: specification.name)
            keys.append(ObjectKey.rendition(name, mediaType: Self.indexMediaType, of: attachment.objectKey))
        }
        if let hindrance = try await catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id) {
            throw UnsweptRendition(hindrance: hindrance)
        }
    }

    private static var indexMediaType: String { "application/json" }

    /// The index of a fragmented file; nil of any other.
    private func index(
        of made: TranscodedFile,
        _ step: Rendition,
        _ attachment: Attachment
    ) throws -> (rendition: Rendition, bytes: [UInt8])? {
        guard !made.segments.isEmpty else { return nil }
        let (name, mediaType) = (Rendition.indexName(ofStep: step.name), Self.indexMediaType)
        let bytes = try SegmentIndex(made).bytes
        let rendition = Rendition(
            name: name,
            objectKey: ObjectKey.rendition(name, mediaType: mediaType, of: attachment.objectKey),
            width: nil,
            height: nil,
            mediaType: mediaType,
            byteCount: Int64(bytes.count)
        )
        return (rendition, bytes)
    }

    /// Sends a spool file, in parts where it is more than one, and answers its SHA-256.
    private func put(
        _ file: SpoolFile,
        key: String,
        mediaType: String,
        intent: UploadIntent,
        leavingOpen openFailure: inout S3Error?
    ) async throws -> String {
        let cutter = PartCutter(partSize: partSize(forUpTo: file.byteCount), hashesParts: storage.signsBodies)
        let (parts, sha256) = try await file.cut(by: cutter)
        if parts.count == 1 {
            try await partPermits.withPermit {
                _ = try await storage.putObject(
                    key: key,
                    body: .file(descriptor: file.descriptor, offset: 0, count: file.byteCount),
                    digests: parts[0].digests,
                    contentType: mediaType
                )
            }
            return sha256
        }
        let uploader = PartUploader(
            storage: storage,
            key: key,
            contentType: mediaType,
            file: file,
            inFlight: configuration.partsInFlightPerUpload,
            permits: partPermits,
            intents: catalog,
            intent: intent,
            isIntentStored: true
        )
        for part in parts { uploader.submit(part) }
        do {
            let outcome = try await uploader.finish()
            let storage = storage
            // Cancelled while it is under way, it could succeed unseen.
            try await uncancelled {
                _ = try await storage.completeMultipartUpload(
                    key: key,
                    uploadID: outcome.uploadID,
                    parts: outcome.parts,
                    proof: (name: PartUploader.proofName, value: intent.id.uuidString)
                )
            }
            return sha256
        } catch {
            await uploader.cancel()
            openFailure = uploader.openFailure
            throw error
        }
    }
}

extension SpoolFile {
    /// Reads the file once: answers its parts and its SHA-256.
    ///
    /// Hopping off the caller keeps that from holding up others.
    @concurrent
    func cut(by cutter: PartCutter) async throws -> (parts: [SpooledPart], sha256: String) {
        var cutter = cutter
        var parts: [SpooledPart] = []
        try read { bytes in
            cutter.append(bytes) { _ in }
            parts += cutter.takeReadyParts()
        }
        if let last = cutter.takeLastPart() { parts.append(last) }
        return (parts, cutter.sha256)
    }
}
