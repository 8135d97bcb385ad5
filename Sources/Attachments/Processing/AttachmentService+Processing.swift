import Catalog
import Curl
import Foundation
import Logging
import Media
import NIOCore
import S3

extension AttachmentService {
    /// Runs the media job of an upload that was just committed, after the scan where there is to be one, and waits a short while for
    /// its end.
    ///
    /// The commit has claimed the job already. Answers the attachment as it is then, or nil while the job goes on.
    func processInline(_ job: Job, attachment: Attachment, file: SpoolFile) async -> Attachment? {
        let work = runningJobs.begin(job.id) { () -> Attachment? in
            let processed =
                job.kind == .scan
                ? await self.scan(job, attachment: attachment, copy: file)
                : await self.process(job, attachment: attachment, copy: file)
            self.endUpload(attachment.id)
            return processed
        }
        return await value(of: work, within: configuration.inlineWait) ?? nil
    }

    /// Does a claimed job: probes and renders the attachment.
    ///
    /// The local copy is fetched where it is not here any more. A job that comes with one is that of an upload and
    /// waits for the worker only while there is room in the queue; else it is put back for later, and its copy given
    /// up.
    ///
    /// Answers the attachment as it is after the job; nil where it was deleted meanwhile or the job is to be tried
    /// again.
    @discardableResult
    func process(_ job: Job, attachment: Attachment, copy: SpoolFile?) async -> Attachment? {
        defer { copy?.remove() }
        do {
            try refuseWaitingRenditions(of: attachment)
            // The upload's own attempt is the first, and nothing is in its way.
            if copy == nil { try await refuseOpenIntents(of: attachment, job: job) }
            let (file, result) = try await following(job, of: attachment) { progress in
                try await lookInto(attachment, copy: copy, telling: progress)
            }
            defer { file.remove() }
            if let failure = result.failure, !isFinal(failure, of: job, attachment: attachment) {
                throw failure
            }
            let type = typeFoundAgain(of: attachment, in: file, job: job, result)
            let recorded = try await record(result, of: attachment, as: type, job: job)
            // Not before: what could not be recorded is done once more.
            observer?.mediaWorkEnded(result, kind: type?.kind ?? attachment.fileKind)
            return recorded
        } catch {
            if error is MediaQueueFull {
                logger.notice("Media work is left for later", metadata: metadata(attachment, error))
            }
            return await endAttempt(job, attachmentID: attachment.id, error: error)
        }
    }

    /// Has the worker probe and render the file when it is its turn; answers the copy that it was given, too.
    private func lookInto(
        _ attachment: Attachment,
        copy: SpoolFile?,
        telling progress: WorkProgress
    ) async throws -> (SpoolFile, MediaResult) {
        let file = try await fetchCopy(of: attachment, unless: copy, telling: progress)
        do {
            progress.tell(.queued)
            let result = try await mediaQueue.withTurn(of: attachment.uploadedBy, isBounded: copy != nil) {
                progress.tell(.rendering)
                return await media.run(mediaRequest, file: file.descriptor)
            }
            return (file, result)
        } catch {
            file.remove()
            throw error
        }
    }

    /// The type of a file of which nothing was known when it came, where this release knows it and the worker agrees; else nil.
    private func typeFoundAgain(
        of attachment: Attachment,
        in file: SpoolFile,
        job: Job,
        _ result: MediaResult
    ) -> SniffedType? {
        guard job.isRepetition, let type = MediaTypeSniffer.sniffAgain(attachment, in: file),
            type.isConfirmed(by: result.report)
        else { return nil }
        return type
    }

    private var mediaRequest: MediaRequest {
        MediaRequest(
            operation: .process,
            renditions: configuration.renditions,
            makesStoryboard: configuration.makesStoryboards,
            limits: mediaLimits
        )
    }

    /// What one media job may use up.
    var mediaLimits: MediaLimits {
        let wallClock = configuration.processingTimeout.components
        return MediaLimits(
            wallClockMilliseconds: Int(wallClock.seconds) * 1_000,
            cpuSeconds: Int(wallClock.seconds) + 1,
            addressSpaceBytes: configuration.workerMemoryBytes,
            maxPixels: configuration.maxPixels,
            maxAnswerBytes: 16 << 20
        )
    }

    /// Whether a failure is the last word on the file.
    ///
    /// One death of the worker's process may have had another cause, such as a busy machine: the job is tried once
    /// more, by itself. A file of which the process dies twice is not given to a third one.
    private func isFinal(_ failure: MediaFailure, of job: Job, attachment: Attachment) -> Bool {
        guard failure.isWorkerDeath else { return failure.tellsOfTheFile }
        let deaths = job.workerDeaths + 1
        logger.warning(
            "The media worker died of a job",
            metadata: [
                "attachment": "\(attachment.id)", "reason": "\(failure.code)", "error": "\(failure.message)",
                "deaths": "\(deaths)", "deaths_since_start": "\(media.counts.deaths)",
            ]
        )
        return deaths >= Self.deadlyWorkerDeaths
    }

    /// So often the worker may die of a file.
    static var deadlyWorkerDeaths: Int { 2 }

    /// The upload's own spool file, or a new one with the object's bytes.
    func fetchCopy(
        of attachment: Attachment,
        unless copy: SpoolFile?,
        telling progress: WorkProgress
    ) async throws -> SpoolFile {
        if let copy { return copy }
        let file = spool.makeFile(id: UUID())
        do {
            try file.reserve(attachment.fileSize)
            progress.tell(.fetching, bytes: 0, of: attachment.fileSize)
            if let place = attachment.waitingPlace(ofKey: attachment.objectKey) {
                try await fetch(place, into: file, telling: progress)
                return file
            }
            try await storage.getObject(key: attachment.objectKey) { _, body in
                for try await chunk in body {
                    try chunk.withUnsafeReadableBytes { try file.append($0) }
                    progress.tell(.fetching, bytes: file.byteCount, of: attachment.fileSize)
                }
            }
            return file
        } catch {
            file.remove()
            throw error
        }
    }

    private func fetch(_ place: OldPlace, into file: SpoolFile, telling progress: WorkProgress) async throws {
        guard let source = source(of: place) else { throw ObjectWaits() }
        let object = try await source.store.open(place.location, range: nil)
        try file.reserve(object.head.byteCount)
        for try await chunk in object.content {
            try chunk.withUnsafeReadableBytes { try file.append($0) }
            progress.tell(.fetching, bytes: file.byteCount, of: object.head.byteCount)
        }
        guard file.byteCount == object.head.byteCount else {
            throw OldStoreError(.unavailable, "\(place.location) broke off")
        }
    }

    /// What is made would be put under the keys of the pictures that are still to come from the old place.
    private func refuseWaitingRenditions(of attachment: Attachment) throws {
        let places = attachment.waitingPlaces.filter { $0.objectKey != attachment.objectKey }
        guard !places.isEmpty else { return }
        touch(places)
        throw ObjectWaits()
    }

    /// What the log says of an error that concerns an attachment.
    func metadata(_ attachment: Attachment, _ error: any Error) -> Logger.Metadata {
        ["attachment": "\(attachment.id)", "error": "\(error)"]
    }
}
