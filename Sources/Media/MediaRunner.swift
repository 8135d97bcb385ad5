import Glibc

/// Has media files probed and rendered by a worker process, which it starts and keeps alive.
///
/// Nothing throws for a file: whatever that does to the worker is a failure of its job, and of no other. How many jobs run
/// at a time is the caller's to bound: each is a process that decodes.
package final class MediaRunner: Sendable {
    private let slot: WorkerSlot
    private let tally = WorkerTally()

    /// Makes a runner; the worker starts with the first job.
    package init(workerPath: String) {
        slot = WorkerSlot(path: workerPath, tally: tally)
    }

    /// Jobs, and deaths by reason, since the runner was made.
    package var counts: WorkerCounts { tally.counts }

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

    /// The same for a job that writes a file, whose descriptor is opened anew as well: so the caller's keeps its offset.
    func run(
        _ request: MediaRequest,
        file descriptor: Int32,
        output: Int32,
        progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async -> MediaResult {
        let media = open("/proc/self/fd/\(descriptor)", O_RDONLY | O_CLOEXEC)
        guard media >= 0 else { return Self.failedToOpen(errno) }
        defer { close(media) }
        let target = open("/proc/self/fd/\(output)", O_RDWR | O_CLOEXEC)
        guard target >= 0 else {
            return MediaResult(failure: MediaFailure(.unwritable, "The output cannot be opened for writing."))
        }
        defer { close(target) }
        return await perform(request, media: media, output: target, progress: progress)
    }

    /// What is wrong with the worker; nil when it starts, confines a child and answers.
    package func checkAlive() async -> String? {
        let result = await perform(MediaRequest(operation: .ping, limits: Self.briefly), media: nil)
        guard result.libraryVersion == nil else { return nil }
        return result.failure?.message ?? "The worker does not tell its version."
    }

    /// Has a confined child try to break out, and tells what came of it.
    package func confinement() async throws(MediaFailure) -> ConfinementReport {
        let result = await perform(MediaRequest(operation: .breakout, limits: Self.briefly), media: nil)
        guard let report = result.confinement else {
            throw result.failure ?? MediaFailure(.crashed, "The worker does not tell of its confinement.")
        }
        return report
    }

    /// Ends the worker and with it all jobs under way.
    ///
    /// Idempotent; later jobs fail.
    package func shutdown() async {
        _ = await JobThread.value { [slot] in slot.shutdown() }
    }

    private static let briefly = MediaLimits(wallClockMilliseconds: 10_000)

    private func perform(
        _ request: MediaRequest,
        media: Int32?,
        output: Int32? = nil,
        progress: @escaping @Sendable (TranscodeProgress) -> Void = { _ in }
    ) async -> MediaResult {
        let cancellation = JobCancellation()
        let run = JobRun(
            request: request,
            media: media,
            output: output,
            progress: progress,
            slot: slot,
            tally: tally,
            cancellation: cancellation
        )
        let result = await withTaskCancellationHandler {
            await JobThread.value { [tally] in tally.counting { run.result() } }
        } onCancel: {
            cancellation.cancel()
        }
        return result ?? MediaResult(failure: MediaFailure(.workerUnavailable, "No thread is left for the job."))
    }

    /// This process's want of descriptors or memory is not the file's fault.
    private static func failedToOpen(_ code: Int32) -> MediaResult {
        let failure =
            [EMFILE, ENFILE, ENOMEM].contains(code)
            ? MediaFailure(.workerUnavailable, "No descriptor is left for the file.")
            : MediaFailure(.unreadable, "The file cannot be opened for reading.")
        return MediaResult(failure: failure)
    }
}
