import Glibc

/// Has media files probed and rendered by a worker process, which it starts and keeps alive.
///
/// Nothing throws: whatever a file does to the worker is a failure of its job, and of no other. How many jobs run at a
/// time is the caller's to bound: each is a process that decodes.
package final class MediaRunner: Sendable {
    private let slot: WorkerSlot

    /// Makes a runner; the worker starts with the first job.
    package init(workerPath: String) {
        slot = WorkerSlot(path: workerPath)
    }

    /// Runs a job on an open regular file, which stays the caller's and keeps its offset.
    ///
    /// A cancelled task gets the failure `cancelled`, and its job is killed.
    package func run(_ request: MediaRequest, file descriptor: Int32) async -> MediaResult {
        // The worker must get no way to write: the file is opened anew, for reading.
        let media = open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard media >= 0 else { return Self.failedToOpen(errno) }
        defer { close(media) }
        return await perform(request, media: media)
    }

    /// What is wrong with the worker; nil when it starts, confines a child and answers.
    package func checkAlive() async -> String? {
        let limits = MediaLimits(wallClockMilliseconds: 10_000)
        let result = await perform(MediaRequest(operation: .ping, limits: limits), media: nil)
        guard result.libraryVersion == nil else { return nil }
        return result.failure?.message ?? "The worker does not tell its version."
    }

    /// Ends the worker and with it all jobs under way.
    ///
    /// Idempotent; later jobs fail.
    package func shutdown() async {
        _ = await JobThread.value { [slot] in slot.shutdown() }
    }

    private func perform(_ request: MediaRequest, media: Int32?) async -> MediaResult {
        let cancellation = JobCancellation()
        let result = await withTaskCancellationHandler {
            await JobThread.value { [slot] in
                Self.perform(request, media: media, slot: slot, cancellation: cancellation)
            }
        } onCancel: {
            cancellation.cancel()
        }
        return result ?? Self.failed(.workerUnavailable, "No thread is left for the job.")
    }

    /// Runs a job; once more if its worker, not its own child, died over it.
    ///
    /// Blocks.
    private static func perform(
        _ request: MediaRequest,
        media: Int32?,
        slot: WorkerSlot,
        cancellation: JobCancellation
    ) -> MediaResult {
        var last = MediaFailure(.workerUnavailable, "The worker dies before it answers.")
        for _ in 0..<2 {
            guard !cancellation.isCancelled else { break }
            do {
                let worker = try slot.current()
                do {
                    let exchange = try worker.submit(request, media: media)
                    let outcome = cancellation.whileEnding(exchange.socket) { exchange.result() }
                    switch outcome {
                    case .finished(let result):
                        slot.noteAnswer(of: worker)
                        return result
                    case .overdue:
                        slot.retire(worker)
                        return failed(.timedOut, "The worker did not end the job in time and was ended.")
                    case .abandoned:
                        guard !cancellation.isCancelled else { break }
                        guard diesSoon(worker) else { return failed(.crashed, "The job ended without an answer.") }
                        if worker.hasAnswered { last = MediaFailure(.crashed, "The worker died during the job.") }
                        slot.retire(worker)
                    }
                } catch {
                    last = error.failure
                    // For want of descriptors or memory here, no worker with other jobs in it need die.
                    guard error.isWorkerGone || worker.isDead else { return MediaResult(failure: last) }
                    slot.retire(worker)
                }
            } catch {
                last = error
            }
        }
        guard !cancellation.isCancelled else { return failed(.cancelled, "The job was cancelled.") }
        return MediaResult(failure: last)
    }

    /// A job's socket closes a moment before its dead worker can be reaped.
    private static func diesSoon(_ worker: WorkerProcess) -> Bool {
        for _ in 0..<20 {
            if worker.isDead { return true }
            usleep(5_000)
        }
        return false
    }

    /// This process's want of descriptors or memory is not the file's fault.
    private static func failedToOpen(_ code: Int32) -> MediaResult {
        [EMFILE, ENFILE, ENOMEM].contains(code)
            ? failed(.workerUnavailable, "No descriptor is left for the file.")
            : failed(.unreadable, "The file cannot be opened for reading.")
    }

    private static func failed(_ code: MediaFailure.Code, _ message: String) -> MediaResult {
        MediaResult(failure: MediaFailure(code, message))
    }
}
