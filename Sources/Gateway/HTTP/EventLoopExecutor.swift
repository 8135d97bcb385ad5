import Dispatch
import NIOCore
import Synchronization

/// Runs the tasks of a connection on the thread that reads and writes it.
///
/// So a chunk of a body goes from the socket to the spool without waking another thread for it, but for those of large files, which are
/// gathered for a thread that hashes and writes them.
final class EventLoopExecutor: TaskExecutor {
    /// Whether the loops still run: what is left of a request after them is done elsewhere.
    final class Gate: Sendable {
        private let isOpenNow = Atomic(true)

        var isOpen: Bool { isOpenNow.load(ordering: .acquiring) }

        /// Call before the loops are shut down.
        func close() {
            isOpenNow.store(false, ordering: .releasing)
        }
    }

    private let loop: any EventLoop
    private let gate: Gate

    init(_ loop: any EventLoop, gate: Gate) {
        self.loop = loop
        self.gate = gate
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard gate.isOpen else {
            DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            return
        }
        loop.execute {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
