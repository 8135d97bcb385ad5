import Dispatch

/// Runs what writes large blocks into the spool on threads of its own.
///
/// A disk that is slow blocks them, and the threads that all tasks share must not wait for it. There are as many at most as files that
/// are written in large blocks.
final class SpoolExecutor: TaskExecutor {
    static let shared = SpoolExecutor()

    private let queue = DispatchQueue(label: "spool", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
