import Catalog
import Foundation
import Logging

extension AttachmentService {
    /// Works off the queued jobs and sweeps up what failed uploads left, until the task is cancelled.
    ///
    /// Both live in the catalog, so a process that dies here loses nothing: the next one goes on.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.repeatedly { try await self.runDueJobs() } }
            group.addTask { await self.repeatedly { try await self.sweepIntents() } }
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

    /// Runs the jobs whose time has come, two at a time.
    private func runDueJobs() async throws {
        let due = try await catalog.nextJobs(limit: 64, now: Date())
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for job in due {
                if let id = job.attachmentID, isInHand(id) { continue }
                if running >= 2 {
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
        case .deleteObjects:
            await runDeletion(job)
        case .process:
            guard let id = job.attachmentID else { return }
            takeInHand(id)
            defer { endUpload(id) }
            do {
                guard let attachment = try await catalog.attachment(id: id) else {
                    return try await catalog.removeJob(id: job.id)
                }
                await process(job, attachment: attachment, copy: nil)
            } catch {
                await postpone(job, error: error)
            }
        }
    }

    /// Puts a job off for a time that doubles with each attempt, up to five minutes.
    func postpone(_ job: Job, error: any Error) async {
        let pause = min(300, pow(2, Double(min(job.attempts, 16))))
        logger.warning(
            "A job is put off",
            metadata: ["job": "\(job.id)", "kind": "\(job.kind.rawValue)", "seconds": "\(pause)", "error": "\(error)"]
        )
        do {
            try await catalog.postponeJob(id: job.id, until: Date().addingTimeInterval(pause), error: "\(error)")
        } catch {
            // The job stays due as it was and is tried again at the next round.
            logger.error("A job could not be put off", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }

    /// Takes back what uploads left that ended with the storage down, or with their process.
    private func sweepIntents() async throws {
        for intent in try await catalog.intents() where !isInHand(intent.id) {
            try await removeRemains(objectKey: intent.objectKey)
            try await catalog.removeIntent(id: intent.id)
            logger.info("Swept up after an unfinished upload", metadata: ["attachment": "\(intent.id)"])
        }
    }
}
