import Catalog
import Foundation
import Logging
import S3

extension AttachmentService {
    /// Does deletions that are due and that one request to the storage takes; each is claimed, and ends, by itself.
    func purge(_ lot: [Job]) async {
        let claimed: [Job]
        do {
            claimed = try await catalog.claimJobs(lot, leaseUntil: Date(timeIntervalSinceNow: Job.leaseDuration))
        } catch {
            // The jobs stay due as they were and are tried again at the next round.
            logger.error("Deletions could not be claimed", metadata: ["jobs": "\(lot.count)", "error": "\(error)"])
            return
        }
        guard !claimed.isEmpty else { return }
        FaultPoint.pass("jobs.claimed")
        await runDeletions(claimed)
    }

    /// Deletes a job's objects, but for such as something refers to, and then the job.
    ///
    /// Doing it twice does no harm. Answers whether they are gone now.
    @discardableResult
    func runDeletion(_ job: Job) async -> Bool {
        await !runDeletions([job]).isEmpty
    }

    /// The same for several jobs with the fewest requests; answers the numbers of those whose objects are gone now.
    ///
    /// Where the storage refuses an object, its job alone is put off.
    @discardableResult
    func runDeletions(_ jobs: [Job]) async -> Set<Int64> {
        let done: [Job]
        do {
            let free = try await catalog.unreferencedKeys(among: jobs.flatMap(\.objectKeys))
            let isFree = Set(free)
            for job in jobs {
                let kept = job.objectKeys.count { !isFree.contains($0) }
                guard kept > 0 else { continue }
                logger.notice(
                    "Objects that something refers to are not deleted",
                    metadata: ["job": "\(job.id)", "objects": "\(kept)"]
                )
            }
            let refused = try await storage.deleteEach(keys: free)
            FaultPoint.pass("purge.deleted")
            let isRefused = { (job: Job) in job.objectKeys.contains { refused[$0] != nil } }
            done = jobs.filter { !isRefused($0) }
            try await catalog.endDeletions(
                done.map { job in (job: job, activities: job.purges(of: job.objectKeys.filter(isFree.contains))) }
            )
            for job in jobs where isRefused(job) {
                guard let error = job.objectKeys.lazy.compactMap({ refused[$0] }).first else { continue }
                await postpone(job, error: error)
            }
        } catch {
            return await runDeletions(jobs, after: error)
        }
        return Set(done.map(\.id))
    }

    /// Puts deletions off whose request failed; where that may lie in one of them, each is tried by itself.
    private func runDeletions(_ jobs: [Job], after error: any Error) async -> Set<Int64> {
        guard jobs.count > 1, Setback(error) == .unexpected else {
            for job in jobs { await postpone(job, error: error) }
            return []
        }
        logger.warning(
            "Deletions failed together, and are tried one by one",
            metadata: ["jobs": "\(jobs.count)", "error": "\(error)"]
        )
        var done: Set<Int64> = []
        for job in jobs { done.formUnion(await runDeletions([job])) }
        return done
    }
}
