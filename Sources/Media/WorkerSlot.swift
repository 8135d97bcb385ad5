import Synchronization

/// The one worker that jobs go to: started when there is none, replaced when it is dead, and not started over and over
/// when it cannot run.
final class WorkerSlot: Sendable {
    private struct State {
        var worker: WorkerProcess?
        /// Starts in a row that led to no answer.
        var failures = 0
        /// No start before this moment.
        var earliestStart: Int64 = 0
        var isShutDown = false
    }

    private let path: String
    private let tally: WorkerTally
    private let state = Mutex(State())

    init(path: String, tally: WorkerTally) {
        self.path = path
        self.tally = tally
    }

    /// The running worker, or a new one.
    func current() throws(MediaFailure) -> WorkerProcess {
        let result: Result<WorkerProcess, MediaFailure> = state.withLock { state in
            if state.isShutDown {
                return .failure(MediaFailure(.workerUnavailable, "The media runner is shut down."))
            }
            if let worker = state.worker {
                if !worker.isDead { return .success(worker) }
                discard(worker, &state)
            }
            guard MonotonicClock.milliseconds() >= state.earliestStart else {
                return .failure(
                    MediaFailure(.workerUnavailable, "The worker does not run; the next start is due soon.")
                )
            }
            do throws(MediaFailure) {
                let worker = try WorkerProcess(path: path)
                tally.noteServerStart()
                state.worker = worker
                return .success(worker)
            } catch {
                Self.noteFailure(&state)
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends a worker that has failed; the next job gets a new one.
    func retire(_ worker: WorkerProcess) {
        state.withLock { state in
            guard state.worker === worker else { return }
            discard(worker, &state)
        }
        worker.kill()
    }

    /// Notes that a worker works.
    func noteAnswer(of worker: WorkerProcess) {
        worker.noteAnswer()
        state.withLock { $0.failures = 0 }
    }

    /// Ends the worker and starts no other.
    ///
    /// Blocks until it is reaped.
    func shutdown() {
        let worker = state.withLock { state in
            state.isShutDown = true
            let worker = state.worker
            state.worker = nil
            return worker
        }
        worker?.stop()
    }

    private func discard(_ worker: WorkerProcess, _ state: inout State) {
        state.worker = nil
        tally.note(.server)
        if !worker.hasAnswered { Self.noteFailure(&state) }
    }

    /// The first failure costs no wait, later ones 200 ms, 400 ms and so on up to 5 s.
    private static func noteFailure(_ state: inout State) {
        state.failures += 1
        guard state.failures > 1 else { return }
        let wait = min(Int64(100) << Int64(min(state.failures - 1, 10)), 5_000)
        state.earliestStart = MonotonicClock.milliseconds() + wait
    }
}
