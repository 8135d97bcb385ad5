import Catalog
import Foundation
import Logging

extension AttachmentService {
    /// Works off the queued jobs and sweeps up what failed uploads left, until the task is cancelled.
    ///
    /// Jobs and intents live in the catalog, so a process that dies here loses nothing: the next one goes on.
    package func run() async {
        await reportOldPlaces()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(as: .serve, on: self.configuration.jobs.kindsInServer) }
            group.addTask { await self.repeatedly(every: .seconds(600)) { try await self.pruneJobHistory() } }
            group.addTask { await self.repeatedly { try await self.sweepIntents() } }
            group.addTask { await self.repeatedly { try await self.countMediaJobs() } }
            group.addTask { await self.repeatedly { try await self.tendTrash() } }
            group.addTask { await self.sweepPeriodically() }
            if source != nil { group.addTask { await self.repeatedly { try await self.deleteInOldPlace() } } }
        }
    }

    /// Does one job that is due; the work is cancelled with the task.
    ///
    /// Answers, of a webhook that was sent, how its receiver is.
    func run(_ job: Job) async -> ReceiverState? {
        switch job.kind {
        case .purge: await purge([job])
        case .revoke:
            guard let id = job.attachmentID, !isBeingRevoked(id), let claimed = await claim(job) else {
                return nil
            }
            await runRevocation(claimed, attachmentID: id)
        case .scan: await runScan(job)
        case .render: await runRendition(job)
        case .transcode: await runRendition(job)
        case .webhook: return await runWebhook(job)
        case .process, .import:
            guard let id = job.attachmentID, !isInHand(id) else { return nil }
            takeInHand(id)
            defer { endUpload(id) }
            // What was read may be minutes old: the claim tells whether it still holds.
            guard let claimed = await claim(job) else { return nil }
            await runProcessing(claimed, attachmentID: id)
        }
        return nil
    }

    private func runProcessing(_ job: Job, attachmentID id: UUID) async {
        guard !isExhausted(job) else {
            await giveUp(job, attachmentID: id, error: ProcessEnded())
            return
        }
        do {
            guard let attachment = try await catalog.attachment(id: id) else {
                return try await catalog.removeJob(job)
            }
            await process(job, attachment: attachment, copy: nil)
        } catch {
            _ = await endAttempt(job, attachmentID: id, error: error)
        }
    }

    /// Takes back what uploads left that ended with the storage down, or with their process.
    ///
    /// What another process has in hand that is alive is left alone; with `onlyOwn` everything that is not this process's is.
    /// One that cannot be taken back now does not hold up the others; the last such failure is thrown at the end.
    func sweepIntents(onlyOwn: Bool = false) async throws {
        var failure: (any Error)?
        for listed in try await catalog.abandonableIntents(onlyOwn: onlyOwn) where !isInHand(listed.id) {
            try Task.checkCancellation()
            do {
                // Its upload may have ended since the list was read and have taken it back itself; then something else
                // may be under way under the same key. Or its process is not dead, and goes on: from here on it cannot finish.
                guard let intent = try await catalog.takeIntent(id: listed.id, onlyOwn: onlyOwn) else { continue }
                try await sweep(intent)
                guard try await catalog.intent(id: intent.id) == nil else { continue }
                logger.info("Swept up after an unfinished upload", metadata: ["attachment": "\(intent.id)"])
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
