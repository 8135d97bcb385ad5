import Glibc

/// Why a job did not reach its worker.
package struct SubmissionError: Error, Sendable {
    /// The worker has let go of its socket; else what went wrong went wrong on this side, and says nothing of the worker.
    package let isWorkerGone: Bool
    /// What the job's caller is told.
    package let failure: MediaFailure

    init(isWorkerGone: Bool = false, _ message: String) {
        self.isWorkerGone = isWorkerGone
        failure = MediaFailure(.workerUnavailable, message)
    }

    /// The error that sending to a worker failed with.
    init(errno code: Int32) {
        self.init(isWorkerGone: code == EPIPE || code == ECONNRESET, "The worker takes no jobs (errno \(code)).")
    }
}
