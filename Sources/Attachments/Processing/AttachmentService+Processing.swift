import Catalog
import Curl
import Foundation
import Logging
import Media
import NIOCore
import S3

extension AttachmentService {
    /// Runs the media job of an upload that was just committed, and waits a short while for its end.
    ///
    /// The commit has claimed the job already. Answers the attachment as it is then, or nil while the job goes on.
    func processInline(_ job: Job, attachment: Attachment, file: SpoolFile) async -> Attachment? {
        let work = Task {
            let processed = await process(job, attachment: attachment, copy: file)
            endUpload(attachment.id)
            return processed
        }
        return await value(of: work, within: configuration.inlineWait) ?? nil
    }

    /// Does a claimed job: probes and renders the attachment.
    ///
    /// The local copy is fetched where it is not here any more. Answers the attachment as it is after the job; nil
    /// where it was deleted meanwhile or the job is to be tried again.
    @discardableResult
    func process(_ job: Job, attachment: Attachment, copy: SpoolFile?) async -> Attachment? {
        defer { copy?.remove() }
        do {
            let file = try await fetchCopy(of: attachment, unless: copy)
            defer { file.remove() }
            let result = try await mediaPermits.withPermit {
                await media.run(request(for: attachment), file: file.descriptor)
            }
            if let failure = result.failure, !failure.tellsOfTheFile {
                throw failure
            }
            return try await record(result, of: attachment, job: job)
        } catch {
            return await endAttempt(job, attachmentID: attachment.id, error: error)
        }
    }

    private func request(for attachment: Attachment) -> MediaRequest {
        let thumbnail = ThumbnailSpecification(
            width: configuration.thumbnailWidth,
            jpegQuality: 80,
            positionMilliseconds: 1_000
        )
        let wallClock = configuration.processingTimeout.components
        let limits = MediaLimits(
            wallClockMilliseconds: Int(wallClock.seconds) * 1_000,
            cpuSeconds: Int(wallClock.seconds) + 1,
            addressSpaceBytes: configuration.workerMemoryBytes,
            maxPixels: configuration.maxPixels,
            maxAnswerBytes: 16 << 20
        )
        let isPicture = attachment.fileKind == .image || attachment.fileKind == .video
        return MediaRequest(
            operation: isPicture ? .process : .probe,
            thumbnail: isPicture ? thumbnail : nil,
            limits: limits
        )
    }

    /// Stores what the worker found: the thumbnail's object first, then everything in one transaction.
    private func record(_ result: MediaResult, of attachment: Attachment, job: Job) async throws -> Attachment? {
        let facts = result.report.map { MediaFacts($0, kind: attachment.fileKind) }
        if let failure = result.failure {
            logger.notice("Media could not be processed", metadata: metadata(attachment, failure))
            return try await catalog.failProcessing(
                attachmentID: attachment.id,
                reason: failure.code,
                facts: facts,
                jobID: job.id
            )
        }
        if let failure = result.thumbnailFailure {
            logger.notice("No thumbnail could be made", metadata: metadata(attachment, failure))
        }
        guard let thumbnail = result.thumbnail else {
            return try await catalog.finishProcessing(
                attachmentID: attachment.id,
                facts: facts ?? MediaFacts(),
                thumbnail: nil,
                jobID: job.id
            )
        }
        return try await store(thumbnail, facts: facts ?? MediaFacts(), of: attachment, job: job)
    }

    /// An intent covers the thumbnail's key until the row names it: the attachment may be deleted at any moment.
    private func store(
        _ thumbnail: Thumbnail,
        facts: MediaFacts,
        of attachment: Attachment,
        job: Job
    ) async throws -> Attachment? {
        let key = ObjectKey.thumbnail(original: attachment.objectKey)
        let intent = UploadIntent(
            id: UUID.version7(),
            objectKey: key,
            uploadID: nil,
            userID: attachment.uploadedBy,
            createdAt: Date()
        )
        takeInHand(intent.id)
        defer { endUpload(intent.id) }
        do throws(CatalogError) {
            try await catalog.insertIntent(intent)
        } catch {
            guard error.code == .constraint else { throw error }
            // The key is taken by what an earlier attempt left; put now, the object would be swept up with that.
            throw UnsweptThumbnail()
        }
        do {
            _ = try await storage.putObject(
                key: key,
                body: .bytes(ByteBuffer(bytes: thumbnail.bytes)),
                contentType: thumbnail.mediaType
            )
            let updated = try await catalog.finishProcessing(
                attachmentID: attachment.id,
                facts: facts,
                thumbnail: ThumbnailFacts(objectKey: key, width: thumbnail.width, height: thumbnail.height),
                jobID: job.id
            )
            await withdraw(id: intent.id, after: nil)
            return updated
        } catch {
            await withdraw(id: intent.id, after: error)
            throw error
        }
    }

    /// The upload's own spool file, or a new one with the object's bytes.
    private func fetchCopy(of attachment: Attachment, unless copy: SpoolFile?) async throws -> SpoolFile {
        if let copy { return copy }
        let file = spool.makeFile(id: UUID())
        do {
            try file.reserve(attachment.fileSize)
            try await storage.getObject(key: attachment.objectKey) { _, body in
                for try await chunk in body {
                    try chunk.withUnsafeReadableBytes { try file.append($0) }
                }
            }
            return file
        } catch {
            file.remove()
            throw error
        }
    }

    private func metadata(_ attachment: Attachment, _ error: any Error) -> Logger.Metadata {
        ["attachment": "\(attachment.id)", "error": "\(error)"]
    }
}

extension MediaFacts {
    /// The facts of a report that apply to a kind of file: a still picture has no duration, bitrate or codec.
    init(_ report: MediaReport, kind: FileKind) {
        let isPicture = kind == .image
        let isVisible = kind != .audio
        self.init(
            durationMilliseconds: isPicture ? nil : report.durationMilliseconds,
            width: isVisible ? report.width : nil,
            height: isVisible ? report.height : nil,
            bitrate: isPicture ? nil : report.bitrate,
            frameRate: kind == .video ? report.frameRate : nil,
            codec: kind == .video ? report.videoCodec : nil,
            audioCodec: isPicture ? nil : report.audioCodec,
            rotation: isVisible ? report.rotation : nil
        )
    }
}
