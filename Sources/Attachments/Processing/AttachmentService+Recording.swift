import Catalog
import Foundation
import Logging
import Media
import NIOCore
import S3

extension AttachmentService {
    /// Stores what the worker found: the renditions' objects first, then everything in one transaction.
    ///
    /// With a type the attachment is of that from now on.
    func record(
        _ result: MediaResult,
        of stored: Attachment,
        as type: SniffedType? = nil,
        job: Job
    ) async throws -> Attachment? {
        let attachment = type.map { stored.retyped($0) } ?? stored
        var outcome = MediaOutcome(
            facts: result.report.map { MediaFacts($0, kind: attachment.fileKind) } ?? MediaFacts(),
            placeholder: result.placeholder
        )
        outcome.type = type.map { FoundType(kind: $0.kind, mediaType: $0.mediaType) }
        if let failure = result.failure {
            logger.notice("Media could not be processed", metadata: metadata(attachment, failure))
            // One that was ready stays as it is, also where the worker of now does not read what that of then did.
            guard failure.code == MediaFailure.Code.unsupportedFormat.rawValue, !job.isRepetition else {
                return try await catalog.failProcessing(
                    attachmentID: attachment.id,
                    reason: failure.code,
                    facts: result.report == nil ? nil : outcome.facts,
                    job: job,
                    outcome: failure.isWorkerDeath ? .dead : .failed,
                    error: "\(failure.code): \(failure.message)"
                )
            }
            // Nothing is wrong with the file: the worker does not read such ones.
            outcome.pictureFailure = failure.code
        }
        if let reason = result.reason {
            logger.notice("Not every picture could be made", metadata: metadata(attachment, reason))
            // A sound without a cover is as it should be.
            if result.renditions.isEmpty, attachment.fileKind != .audio { outcome.pictureFailure = reason.code }
            let names = wantedPictures(isStill: result.report?.isStillImage ?? false)
            outcome.earlierPictures = EarlierPictures(names: names, reason: "\(reason)")
        }
        var products = result.renditions.map { MediaProduct($0, of: attachment) }
        if let index = result.storyboard, let board = products.last {
            products.append(MediaProduct(index, of: board.rendition, attachment))
        }
        return try await finish(outcome, storing: products, of: attachment, job: job)
    }

    /// The names of all that the configuration has made of such a file when it is probed.
    private func wantedPictures(isStill: Bool) -> Set<String> {
        var names = Set(configuration.renditions.filter { $0.scope == .all || isStill }.map(\.name))
        if configuration.makesStoryboards {
            let board = RenditionSpecification.storyboard.name
            names.formUnion([board, StoryboardIndex.renditionName])
        }
        return names
    }

    /// Throws `UnsweptRendition` while an intent of an earlier attempt is in the way of a picture: before the file is fetched and probed.
    ///
    /// How a picture will be encoded is not known yet.
    func refuseOpenIntents(of attachment: Attachment, job: Job) async throws {
        guard job.attempts > 1 || job.delays > 0 else { return }
        let keys = wantedPictures(isStill: true)
            .flatMap { name in
                ["image/jpeg", "image/webp", StoryboardIndex.mediaType]
                    .map { ObjectKey.rendition(name, mediaType: $0, of: attachment.objectKey) }
            }
        guard try await catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id) == .intent else { return }
        throw UnsweptRendition(hindrance: .intent)
    }

    /// Intents cover the renditions' keys until rows name them: the attachment may be deleted at any moment.
    ///
    /// Each put is answered before the next begins, so where one fails nothing of the others is still under way.
    private func finish(
        _ outcome: MediaOutcome,
        storing products: [MediaProduct],
        of attachment: Attachment,
        job: Job
    ) async throws -> Attachment? {
        let renditions = products.map(\.rendition)
        let intents = renditions.map { UploadIntent(of: $0, userID: attachment.uploadedBy) }
        for intent in intents { takeInHand(intent.id) }
        defer { for intent in intents { endUpload(intent.id) } }
        do throws(CatalogError) {
            if !intents.isEmpty {
                try await catalog.insertIntents(
                    intents,
                    refusingKeysInDeletion: true,
                    renditionsOf: attachment.id
                )
            }
        } catch {
            guard error.code == .constraint else { throw error }
            // A key is taken by what an earlier attempt left, or by a deletion to come; put now, the object would go with that. Or
            // an earlier picture is on its way from its old place to the same key.
            throw UnsweptRendition()
        }
        FaultPoint.pass("process.intents")
        do {
            for product in products {
                _ = try await storage.putObject(
                    key: product.rendition.objectKey,
                    body: .bytes(ByteBuffer(bytes: product.bytes)),
                    contentType: product.rendition.mediaType
                )
            }
            FaultPoint.pass("process.stored")
            var outcome = outcome
            outcome.renditions = renditions
            // A still picture that is not decoded here is none to make another one of.
            let isRequested = attachment.fileKind != .image || outcome.pictureFailure == nil
            outcome.requests = isRequested ? renditionRequests(for: attachment, as: outcome.facts) : []
            let processed = try await catalog.finishProcessing(
                attachmentID: attachment.id,
                outcome: outcome,
                job: job
            )
            FaultPoint.pass("process.recorded")
            return processed
        } catch {
            for intent in intents { await withdraw(intent, after: error) }
            throw error
        }
    }
}

/// A rendition and its bytes.
private struct MediaProduct {
    let rendition: Rendition
    let bytes: [UInt8]

    /// A rendered picture.
    init(_ picture: RenderedPicture, of attachment: Attachment) {
        bytes = picture.bytes
        rendition = Rendition(
            name: picture.name,
            objectKey: ObjectKey.rendition(picture.name, mediaType: picture.mediaType, of: attachment.objectKey),
            width: picture.width,
            height: picture.height,
            mediaType: picture.mediaType,
            byteCount: Int64(picture.bytes.count)
        )
    }

    /// The index of a storyboard.
    ///
    /// It calls the picture `storyboard.jpg`; who shows it puts the picture's URL in the place.
    init(_ index: StoryboardIndex, of board: Rendition, _ attachment: Attachment) {
        let (name, mediaType) = (StoryboardIndex.renditionName, StoryboardIndex.mediaType)
        bytes = Array(index.webVTT(picture: ObjectKey.fileName(rendition: board.name, mediaType: board.mediaType)).utf8)
        rendition = Rendition(
            name: name,
            objectKey: ObjectKey.rendition(name, mediaType: mediaType, of: attachment.objectKey),
            width: nil,
            height: nil,
            mediaType: mediaType,
            byteCount: Int64(bytes.count)
        )
    }
}

extension StoryboardIndex {
    /// The name of the rendition that holds the index.
    fileprivate static let renditionName = "\(RenditionSpecification.storyboard.name)index"
    /// WebVTT.
    fileprivate static let mediaType = "text/vtt"
}

extension UploadIntent {
    fileprivate init(of rendition: Rendition, userID: String) {
        self.init(id: UUID.version7(), objectKey: rendition.objectKey, userID: userID, createdAt: Date())
    }
}
