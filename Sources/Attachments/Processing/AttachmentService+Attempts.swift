import Catalog
import Foundation
import Logging
import Media

// How an attempt at a job begins, and what becomes of the job when it does not succeed.
extension AttachmentService {
    /// So often a media job is begun, not counting what ended for a reason outside of it.
    static var maxAttempts: Int { 8 }
    /// So many seconds a job is put off at most that waits for an intent to be settled.
    private static var pauseForIntent: Double { 10 }

    /// Makes a job this process's own; nil where somebody else had it, or it cannot be claimed now.
    func claim(_ job: Job) async -> Job? {
        do {
            let lease = Date(timeIntervalSinceNow: Job.leaseDuration)
            guard let claimed = try await catalog.claimJob(job, leaseUntil: lease) else { return nil }
            FaultPoint.pass("jobs.claimed")
            return try await buryPoison(claimed) ? nil : claimed
        } catch {
            // The job stays due as it was and is tried again at the next round.
            logger.error("A job could not be claimed", metadata: ["job": "\(job.id)", "error": "\(error)"])
            return nil
        }
    }

    /// Ends a claimed rendition's job that took too many attempts or workers with it; false for any other.
    ///
    /// Media work ends its attachment as well, see `runProcessing`; what must be done is tried without end.
    private func buryPoison(_ job: Job) async throws -> Bool {
        guard job.kind == .render || job.kind == .transcode else { return false }
        let isDeadly = job.workerDeaths >= Self.deadlyWorkerDeaths
        guard isDeadly || isExhausted(job) else { return false }
        logger.error(
            "A job is given up",
            metadata: [
                "job": "\(job.id)", "kind": "\(job.kind.rawValue)", "name": "\(job.name)",
                "attempts": "\(job.attempts)", "worker_deaths": "\(job.workerDeaths)",
            ]
        )
        // After a last attempt that failed by itself there would have been no other: this one ended with its process.
        let reason = isDeadly ? job.lastError ?? "\(ProcessEnded())" : "\(ProcessEnded())"
        guard let id = job.attachmentID, let attachment = try await catalog.attachment(id: id) else {
            return try await catalog.endJob(job, outcome: .dead, error: reason)
        }
        // Where it was the last one, the original waits for it no longer.
        try await catalog.endRendition(
            attachmentID: id,
            job: job,
            outcome: .dead,
            reason: reason,
            replacement: job.name == Rendition.original
                ? nil : configuration.transcoding.replacement(of: attachment)?.name
        )
        return true
    }

    /// Whether the last attempt that the claimed job has ended with its process: its file may be what ended it.
    func isExhausted(_ job: Job) -> Bool {
        job.attempts > Self.maxAttempts
    }

    /// Ends an attempt that failed: the job is put off, or given up where it has used its attempts up.
    ///
    /// Answers the attachment where its job is over now.
    func endAttempt(_ job: Job, attachmentID: UUID, error: any Error) async -> Attachment? {
        guard job.attempts >= Self.maxAttempts, Setback(error) == .unexpected else {
            await postpone(job, error: error)
            return nil
        }
        return await giveUp(job, attachmentID: attachmentID, error: error)
    }

    /// Ends a media job for good; where the worker has a word for why, with that as the reason.
    @discardableResult
    func giveUp(_ job: Job, attachmentID: UUID, error: any Error) async -> Attachment? {
        logger.error(
            "A media job failed for good",
            metadata: ["attachment": "\(attachmentID)", "attempts": "\(job.attempts)", "error": "\(error)"]
        )
        do {
            let failure = error as? MediaFailure
            let failed = try await catalog.failProcessing(
                attachmentID: attachmentID,
                reason: failure?.code ?? "processing_failed",
                facts: nil,
                job: job,
                outcome: .dead,
                error: "\(error)"
            )
            if let failed, let failure {
                observer?.mediaWorkEnded(MediaResult(failure: failure), kind: failed.fileKind)
            }
            return failed
        } catch {
            await postpone(job, error: error)
            return nil
        }
    }

    /// Puts a job off for a time that doubles with each delay, up to five minutes; an interrupted one stays due.
    ///
    /// A scan of what has to be moved first is put off for longer at once: the move has it due. What waits for an intent of a dead
    /// process goes on soon after that is settled, which takes no longer than two minutes as a rule.
    func postpone(_ job: Job, error: any Error) async {
        let setback = Setback(error)
        do {
            if setback == .interruption {
                return try await catalog.releaseJob(job)
            }
            let wait = job.kind == .scan ? error as? ObjectWaits : nil
            let longest = (error as? UnsweptRendition)?.hindrance == .intent ? Self.pauseForIntent : 300
            let pause = wait?.scanPause ?? min(longest, pow(2, Double(min(job.delays, 16))))
            // Nothing is wrong with a file whose turn to be moved has not come, and there may be a million of them.
            logger.log(
                level: wait == nil ? .warning : .debug,
                "A job is put off",
                metadata: [
                    "job": "\(job.id)", "kind": "\(job.kind.rawValue)", "seconds": "\(pause)", "error": "\(error)",
                ]
            )
            try await catalog.postponeJob(
                job,
                until: Date(timeIntervalSinceNow: pause),
                error: "\(error)",
                countsAttempt: setback == .unexpected,
                countsWorkerDeath: (error as? MediaFailure)?.isWorkerDeath == true,
                waitsForMove: wait != nil
            )
        } catch {
            // The job is due again when its lease is over, or at the next round where it has none.
            logger.error("A job could not be put off", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}

/// The process ended over the last attempt that a job has.
struct ProcessEnded: Error, CustomStringConvertible {
    var description: String { "The last attempt ended with its process." }
}
