import CProcess
import Glibc
import Synchronization

/// One running worker: its process, and the socket that takes jobs.
///
/// Ends and reaps the process exactly once.
final class WorkerProcess: Sendable {
    private struct State {
        /// Nil once closed.
        var socket: Int32?
        /// Not yet reaped, so the number is still this process's.
        var isUnreaped = true
        var hasAnswered = false
    }

    private let pid: pid_t
    private let state: Mutex<State>

    /// Starts a worker.
    init(path: String) throws(MediaFailure) {
        var pair: [Int32] = [-1, -1]
        guard satchel_packet_pair(&pair) == 0 else {
            throw MediaFailure(.workerUnavailable, "No socket is left for the worker.")
        }
        var pid: pid_t = 0
        let error = WorkerLaunch.spawn(path, standardInput: pair[1], pid: &pid)
        close(pair[1])
        guard error == 0 else {
            close(pair[0])
            throw MediaFailure(.workerUnavailable, "The worker does not start: \(String(cString: strerror(error))).")
        }
        self.pid = pid
        state = Mutex(State(socket: pair[0]))
    }

    deinit {
        kill()
    }

    /// The worker has given at least one answer, so it can be started at all.
    var hasAnswered: Bool {
        state.withLock { $0.hasAnswered }
    }

    func noteAnswer() {
        state.withLock { $0.hasAnswered = true }
    }

    /// The process is gone (it is then reaped) or was told to go.
    var isDead: Bool {
        state.withLock { state in
            reap(&state, flags: WNOHANG)
            return !state.isUnreaped || state.socket == nil
        }
    }

    /// Sends a job.
    ///
    /// The lock keeps the socket from being closed, and its number reused, meanwhile.
    func submit(_ request: MediaRequest, media: Int32?, output: Int32?) throws(SubmissionError) -> JobExchange {
        let result: Result<JobExchange, SubmissionError> = state.withLock { state in
            guard let socket = state.socket else {
                return .failure(SubmissionError(isWorkerGone: true, "The worker is shutting down."))
            }
            do throws(SubmissionError) {
                return .success(try JobExchange(request, media: media, output: output, worker: socket))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends the worker and its jobs at once.
    func kill() {
        state.withLock { state in
            if state.isUnreaped { Glibc.kill(pid, SIGKILL) }
            reap(&state, flags: 0)
            closeSocket(&state)
        }
    }

    /// Lets the worker end by itself (it kills its jobs when its socket closes), for two seconds at most.
    ///
    /// Blocks.
    func stop() {
        state.withLock { closeSocket(&$0) }
        for _ in 0..<200 {
            let isGone = state.withLock { state in
                reap(&state, flags: WNOHANG)
                return !state.isUnreaped
            }
            if isGone { return }
            usleep(10_000)
        }
        kill()
    }

    private func reap(_ state: inout State, flags: Int32) {
        guard state.isUnreaped else { return }
        var status: Int32 = 0
        var answer: pid_t
        repeat {
            answer = waitpid(pid, &status, flags)
        } while answer < 0 && errno == EINTR
        // Anything but "still running" means that there is nothing left to wait for.
        if answer != 0 { state.isUnreaped = false }
    }

    private func closeSocket(_ state: inout State) {
        guard let socket = state.socket else { return }
        state.socket = nil
        close(socket)
    }
}
