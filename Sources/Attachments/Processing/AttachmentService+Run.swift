import Catalog
import Foundation
import Logging

extension AttachmentService {
    /// Works off the queued jobs and sweeps up what failed uploads left, until the task is cancelled.
    ///
    /// Jobs and intents live in the catalog, so a process that dies here loses nothing: the next one goes on.
    package func run() async {
        await releaseLeases()
        await reportOldPlaces()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.repeatedly { try await self.runDueJobs() } }
            group.addTask { await self.repeatedly { try await self.sweepIntents() } }
            group.addTask { await self.repeatedly { try await self.countMediaJobs() } }
            if source != nil { group.addTask { await self.repeatedly { try await self.deleteInOldPlace() } } }
        }
    }

    /// Calls `body` about once a second, and less often while it fails.
    private func repeatedly(_ body: () async throws -> Void) async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            do {
                try await body()
                pause = .seconds(1)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("Background work failed and is tried again", metadata: ["error": "\(error)"])
                pause = min(pause * 2, .seconds(5))
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Runs the jobs whose time has come, two at a time or as many as the worker may do.
    ///
    /// One that was begun before may be what ended the process then: such jobs run one by one, those begun least often
    /// first, so that none takes another with it again and again.
    private func runDueJobs() async throws {
        let due = try await catalog.nextJobs(limit: 64, now: Date())
        await run(due.filter { $0.attempts == 0 }, atOnce: max(2, configuration.mediaJobsAtOnce))
        await run(due.filter { $0.attempts > 0 }.sorted { $0.attempts < $1.attempts }, atOnce: 1)
    }

    private func run(_ jobs: [Job], atOnce limit: Int) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for job in jobs where !Task.isCancelled {
                if running >= limit {
                    await group.next()
                    running -= 1
                }
                group.addTask { await self.run(job) }
                running += 1
            }
        }
    }

    private func run(_ job: Job) async {
        switch job.kind {
        case .purge:
            await runDeletion(job)
        case .revoke:
            guard let id = job.attachmentID, !isBeingRevoked(id), let claimed = await claim(job) else { return }
            await runRevocation(claimed, attachmentID: id)
        case .scan: break
        case .render: break
        case .transcode: break
        case .webhook: break
        case .process, .import:
            guard let id = job.attachmentID, !isInHand(id) else { return }
            takeInHand(id)
            defer { endUpload(id) }
            // What was read may be minutes old: the claim tells whether it still holds.
            guard let claimed = await claim(job) else { return }
            await runProcessing(claimed, attachmentID: id)
        }
    }

    private func runProcessing(_ job: Job, attachmentID id: UUID) async {
        guard !isExhausted(job) else {
            await giveUp(job, attachmentID: id, error: ProcessEnded())
            return
        }
        do {
            guard let attachment = try await catalog.attachment(id: id) else {
                return try await catalog.removeJob(id: job.id)
            }
            await process(job, attachment: attachment, copy: nil)
        } catch {
            _ = await endAttempt(job, attachmentID: id, error: error)
        }
    }

    /// Takes back what uploads left that ended with the storage down, or with their process.
    ///
    /// One that cannot be taken back now does not hold up the others; the last such failure is thrown at the end.
    private func sweepIntents() async throws {
        var failure: (any Error)?
        for listed in try await catalog.intents() where !isInHand(listed.id) {
            try Task.checkCancellation()
            do {
                // Its upload may have ended since the list was read and have taken it back itself; then something else
                // may be under way under the same key.
                guard let intent = try await catalog.intent(id: listed.id) else { continue }
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
