import Catalog
import Foundation
import Logging
import Media

extension AttachmentService {
    /// Does a job that makes a rendition, or puts one in the original's place.
    ///
    /// What it makes is recorded in one transaction with the end of the job. A process that dies before that leaves objects under
    /// intents, which the sweep takes back, and the job, which is begun again.
    func runRendition(_ job: Job) async {
        guard let id = job.attachmentID, let claimed = await claim(job) else { return }
        do {
            guard !isExhausted(claimed) else { throw ProcessEnded() }
            // The jobs of an attachment that is gone went with it.
            guard let attachment = try await catalog.attachment(id: id) else { return }
            try await following(claimed, of: attachment) { progress in
                if claimed.name == Rendition.original {
                    try await replaceOriginal(of: attachment, job: claimed, telling: progress)
                } else {
                    try await makeRendition(of: attachment, job: claimed, telling: progress)
                }
            }
        } catch {
            await endRenditionAttempt(claimed, attachmentID: id, error: error)
        }
    }

    private func makeRendition(of attachment: Attachment, job: Job, telling progress: WorkProgress) async throws {
        guard let specification = configuration.transcoding.specification(named: job.name) else {
            return try await skip(job, of: attachment, because: "it is not configured any more")
        }
        guard !attachment.renditions.contains(where: { $0.name == job.name && $0.isMadeLater }) else {
            return try await skip(job, of: attachment, because: "it is there already")
        }
        guard !configuration.transcoding.isRuledOut(specification, of: attachment) else {
            return try await skip(job, of: attachment, because: "a rendition as large is the original already")
        }
        try await refuseHinderedKeys(of: specification, attachment)
        let source = try await fetchCopy(of: attachment, unless: nil, telling: progress)
        defer { source.remove() }
        let sourceSHA256 = try await digest(of: source, heldAgainst: attachment)
        let output = source.makeNeighbour()
        defer { output.remove() }
        let room = Self.room(for: specification, of: attachment)
        let descriptor = try output.makeOutput(upTo: room)
        var made: TranscodedFile
        do throws(MediaFailure) {
            made = try await encode(specification, source, into: descriptor, within: room, telling: progress)
        } catch {
            guard error.code == MediaFailure.Code.answerTooLarge.rawValue else { throw error }
            let isStep = specification.container == .fragmented
            let reason =
                isStep
                ? "it would have more than \(room) bytes, twice the original's and 4 MiB"
                : "it would not be smaller than the original"
            return try await skip(job, of: attachment, because: reason)
        }
        made.streams?.sourceSHA256 = sourceSHA256
        FaultPoint.pass("transcode.encoded")
        guard try output.adopt() == made.byteCount, made.byteCount > 0 else {
            throw MediaFailure(.renderingFailed, "The file is not as long as the worker says.")
        }
        guard specification.container == .fragmented || made.byteCount < attachment.fileSize else {
            return try await skip(job, of: attachment, because: "it is not smaller than the original")
        }
        progress.tell(.storing, percent: 100)
        try await store(made, output, as: specification, of: attachment, job: job)
        logger.info(
            "A rendition was made",
            metadata: ["attachment": "\(attachment.id)", "rendition": "\(job.name)", "bytes": "\(made.byteCount)"]
        )
    }

    /// The most bytes that a rendition may have: one that is not smaller than the original is of no use, but for the ladder, whose
    /// steps are of another form.
    private static func room(for specification: TranscodeSpecification, of attachment: Attachment) -> Int64 {
        specification.container == .fragmented ? attachment.fileSize * 2 + 4 << 20 : attachment.fileSize
    }

    private func encode(
        _ specification: TranscodeSpecification,
        _ source: SpoolFile,
        into descriptor: Int32,
        within room: Int64,
        telling progress: WorkProgress
    ) async throws(MediaFailure) -> TranscodedFile {
        progress.tell(.encoding)
        return try await media.transcode(
            specification,
            file: source.descriptor,
            output: descriptor,
            limits: transcodingLimits(room)
        ) { progress.tell(.encoding, percent: $0.percent) }
    }

    private func transcodingLimits(_ room: Int64) -> MediaLimits {
        let seconds = Int(configuration.transcoding.timeout.components.seconds)
        return MediaLimits(
            wallClockMilliseconds: seconds * 1_000,
            cpuSeconds: seconds + 1,
            addressSpaceBytes: configuration.transcoding.memoryBytes,
            maxPixels: configuration.maxPixels,
            maxAnswerBytes: 16 << 20,
            maxOutputBytes: room
        )
    }

    /// Ends a job with nothing made, as it should be.
    func skip(_ job: Job, of attachment: Attachment, because reason: String) async throws {
        logger.info(
            "A rendition is not made",
            metadata: ["attachment": "\(attachment.id)", "rendition": "\(job.name)", "reason": "\(reason)"]
        )
        try await catalog.endRendition(
            attachmentID: attachment.id,
            job: job,
            outcome: .done,
            reason: reason,
            replacement: replacement(of: attachment, after: job)
        )
    }

    /// The name of the rendition that is to take the original's place when a job for another is over; nil where none is.
    private func replacement(of attachment: Attachment, after job: Job) -> String? {
        job.name == Rendition.original ? nil : configuration.transcoding.replacement(of: attachment)?.name
    }

    /// Ends an attempt that failed: the job is put off, or ended for good where the file is at fault or its attempts are used up.
    ///
    /// The attachment stays ready: its original is as good as it was.
    private func endRenditionAttempt(_ job: Job, attachmentID: UUID, error: any Error) async {
        guard let outcome = finalOutcome(of: job, after: error) else { return await postpone(job, error: error) }
        logger.error(
            "A rendition could not be made",
            metadata: [
                "attachment": "\(attachmentID)", "rendition": "\(job.name)", "attempts": "\(job.attempts)",
                "error": "\(error)",
            ]
        )
        do {
            let attachment = try await catalog.attachment(id: attachmentID)
            try await catalog.endRendition(
                attachmentID: attachmentID,
                job: job,
                outcome: outcome,
                reason: "\(error)",
                replacement: attachment.flatMap { replacement(of: $0, after: job) }
            )
        } catch {
            await postpone(job, error: error)
        }
    }

    /// Nil where the job is to be tried again.
    ///
    /// One death of the worker's process may have had another cause; a file of which it dies twice is not given to a third one.
    private func finalOutcome(of job: Job, after error: any Error) -> JobOutcome? {
        if error is ProcessEnded { return .dead }
        guard Setback(error) == .unexpected else { return nil }
        if error is ReplacementRefused { return .failed }
        if let failure = error as? MediaFailure, failure.tellsOfTheFile {
            guard failure.isWorkerDeath else { return .failed }
            return job.workerDeaths + 1 >= Self.deadlyWorkerDeaths ? .dead : nil
        }
        return job.attempts >= Self.maxAttempts ? .dead : nil
    }
}
