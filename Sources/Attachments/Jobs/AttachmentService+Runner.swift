package import Catalog
import Foundation
import Logging
import Synchronization

// What a process does that works jobs off, beside the jobs.
extension AttachmentService {
    /// Works off jobs of some kinds in a process beside the server, until the task is cancelled.
    ///
    /// What only one process may do (the sweep after dead ones, the old place, the history) is left to the server. Throws
    /// `StorageChanged` where the server has been started with another storage meanwhile; what runs then is given back.
    package func runJobs(of kinds: Set<JobKind>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(as: .work, on: kinds) }
            group.addTask { await self.repeatedly { try await self.sweepIntents(onlyOwn: true) } }
            group.addTask { try await self.watchStorage() }
            // The first error leaves at once, and with it the group, which cancels the others.
            while try await group.next() != nil {}
        }
    }

    /// Throws `StorageChanged` once the objects are in another storage than this process works in.
    private func watchStorage() async throws {
        while !Task.isCancelled {
            var other: String?
            do {
                other = try await catalog.otherStorage()
            } catch {
                // No job can be claimed either while this cannot be read, and the claim looks at it, too.
                logger.warning("The storage cannot be looked up and is tried again", metadata: ["error": "\(error)"])
            }
            if let other {
                logger.critical(
                    "The files are in another storage by now: this process ends, and does no job in the one of before",
                    metadata: ["now": "\(other)"]
                )
                throw StorageChanged(storage: other)
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Makes it known that this process works jobs off; what nobody alive has claimed is due at once.
    ///
    /// To be called before anything is claimed: a server that took uploads already could take its own jobs for those of a dead
    /// process. Once the catalog has taken it, another call changes nothing until leave is taken; where it has not, the next call tries again,
    /// and frees nothing of this process's own: an upload may have committed a job meanwhile that is about to begin.
    package func announce(as kind: JobRunner.Kind) async {
        let before = announcement.load(ordering: .acquiring)
        guard before != .taken else { return }
        announcement.store(.tried, ordering: .releasing)
        do {
            let count = try await catalog.registerRunner(
                kind,
                processID: Int(getpid()),
                inHand: before == .none ? runningJobs.ids : nil
            )
            announcement.store(.taken, ordering: .releasing)
            if count > 0 { logger.notice("Jobs of an earlier process go on", metadata: ["jobs": "\(count)"]) }
        } catch {
            // The leases end by themselves, and the next sign of life makes it known.
            logger.warning("Jobs of an earlier process have to wait", metadata: ["error": "\(error)"])
        }
    }

    /// Makes this process known, does jobs of some kinds, keeps their leases, and takes leave at the end.
    func work(as kind: JobRunner.Kind, on kinds: Set<JobKind>) async {
        await announce(as: kind)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.dispatchJobs(of: kinds) }
            group.addTask { await self.keepRunner(as: kind) }
        }
        await takeLeave()
    }

    /// Does one job now and waits for its end, in a process that does nothing else.
    ///
    /// Answers how it ended; nil where it is not over: it was put off, or somebody else has it.
    package func runJob(id: Int64) async throws -> EndedJob? {
        await announce(as: .work)
        if let job = try await catalog.job(id: id) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.keepRunner(as: .work) }
                await carryOut([job])
                group.cancelAll()
            }
        }
        await takeLeave()
        return try await catalog.endedJob(id: id)
    }

    /// Gives signs of life, and ends the jobs that somebody wants to end.
    private func keepRunner(as kind: JobRunner.Kind) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.repeatedly(every: JobRunner.heartbeatInterval) {
                    try await self.catalog.heartbeat(
                        kind,
                        processID: Int(getpid()),
                        jobIDs: self.runningJobs.ids
                    )
                }
            }
            group.addTask {
                await self.repeatedly(every: .seconds(1)) {
                    let cancelled = try await self.catalog.cancelledJobs(among: self.runningJobs.ids)
                    let gone = try await self.catalog.goneJobs(among: self.runningJobs.endingWithJob)
                    for id in cancelled + gone { self.runningJobs.cancel(id) }
                }
            }
        }
    }

    private func takeLeave() async {
        announcement.store(.none, ordering: .releasing)
        do {
            try await catalog.removeRunner()
        } catch {
            logger.warning(
                "Jobs of this process have to wait for the end of their leases",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Forgets jobs that were over long ago, in lots.
    func pruneJobHistory() async throws {
        let day: TimeInterval = 86_400
        let jobs = configuration.jobs
        var count = 1
        while count > 0, !Task.isCancelled {
            count = try await catalog.pruneJobHistory(
                endedBefore: Date(timeIntervalSinceNow: -Double(jobs.historyDays) * day),
                deadBefore: Date(timeIntervalSinceNow: -Double(jobs.deadHistoryDays) * day)
            )
        }
    }

    /// Calls `body` about so often, and again within seconds where it failed.
    func repeatedly(every interval: Duration = .seconds(1), _ body: () async throws -> Void) async {
        var pause = interval
        while !Task.isCancelled {
            do {
                try await body()
                pause = interval
            } catch is CancellationError {
                return
            } catch {
                logger.warning("Background work failed and is tried again", metadata: ["error": "\(error)"])
                pause = pause == interval ? .seconds(1) : min(pause * 2, .seconds(5))
            }
            try? await Task.sleep(for: pause)
        }
    }
}

/// How far it is known in the catalog that a process works jobs off.
enum Announcement: UInt8, AtomicRepresentable {
    case none
    /// It was told, and the catalog may not have taken it.
    case tried
    case taken
}

/// The objects are in another storage than the process works in.
struct StorageChanged: Error, CustomStringConvertible {
    /// The one that they are in.
    let storage: String

    var description: String {
        "the files are in \(storage) by now, which is not the storage of this process: start it with the server's configuration"
    }
}
