import Glibc
import Media
import Synchronization
import TestSupport

/// A job whose process stands still until it is sent SIGCONT.
struct HeldJob {
    let pid: pid_t
    let result: Task<MediaResult, any Error>
}

extension WorkerProcessTable {
    /// Starts a job and stops its process.
    ///
    /// On a busy machine a job can be over before anyone has seen it: then it is started again, up to fifty times.
    func hold(_ run: @escaping @Sendable () async throws -> MediaResult) async throws -> HeldJob {
        for _ in 0..<50 {
            let end = End()
            let result = Task {
                defer { end.isReached.store(true, ordering: .releasing) }
                return try await run()
            }
            while !end.isReached.load(ordering: .acquiring) {
                if let job = jobs.first(where: { !$0.isZombie }) {
                    kill(job.pid, SIGSTOP)
                    // It may have been about to end, its answer given.
                    try await Task.sleep(for: .milliseconds(50))
                    if !end.isReached.load(ordering: .acquiring), jobs.contains(job) {
                        return HeldJob(pid: job.pid, result: result)
                    }
                    kill(job.pid, SIGCONT)
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            _ = try await result.value
        }
        throw MediaFixtureError(message: "no job was seen")
    }

    private final class End: Sendable {
        let isReached = Atomic(false)
    }
}
