import Dispatch

/// Runs what writes the large blocks of one file into the spool, one after the other.
///
/// A disk that is slow blocks the thread. A serial queue brings one of its own for that; concurrent ones share the few that all tasks
/// have.
final class SpoolExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "spool")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
