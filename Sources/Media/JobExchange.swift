import CProcess
import FoundationEssentials
import Glibc

/// One job over a worker's socket, seen from the side that asks.
///
/// Holds the result socket until it is gone.
package final class JobExchange: Sendable {
    /// How waiting for a result can end.
    package enum Outcome: Equatable {
        /// The job's child has answered.
        case finished(MediaResult)
        /// The job was not begun, for a reason that lies with the worker or with what was sent to it.
        case refused(MediaFailure)
        /// The job's child has died, or what it sends makes no sense.
        case died(WorkerDeath)
        /// Nobody is left to answer.
        case abandoned
        /// The wall clock and the grace for the worker's own verdict are over.
        case overdue
    }

    /// How long past its wall clock a job is waited for: the worker ends it by itself before that.
    private static let graceMilliseconds: Int64 = 5_000
    /// The least time between two words on how far the job is.
    package static let progressMilliseconds: Int64 = 500

    /// The result socket, for waking a blocked `result`.
    package let socket: Int32
    private let request: MediaRequest

    /// Sends a job, without waiting, to the worker at the other end of `worker`; all descriptors stay the caller's.
    package init(
        _ request: MediaRequest,
        media: Int32?,
        output: Int32? = nil,
        worker: Int32
    ) throws(SubmissionError) {
        guard let packet = try? JSONEncoder().encode(request) else {
            throw SubmissionError("The job cannot be encoded.")
        }
        var pair: [Int32] = [-1, -1]
        guard satchel_packet_pair(&pair) == 0 else {
            throw SubmissionError("No socket is left for the job.")
        }
        let descriptors = [media, output].compactMap { $0 } + [pair[1]]
        let bytes = [UInt8](packet)
        let sent = satchel_send_packet(worker, bytes, bytes.count, descriptors, descriptors.count, false)
        let code = errno
        close(pair[1])
        guard sent == bytes.count else {
            close(pair[0])
            throw SubmissionError(errno: code)
        }
        socket = pair[0]
        self.request = request
    }

    deinit {
        close(socket)
    }

    /// Waits for the result; `progress` is told at most twice a second how far the job is.
    ///
    /// Blocks.
    package func result(progress: (TranscodeProgress) -> Void = { _ in }) -> Outcome {
        let wallClock = Int64(request.limits.wallClockMilliseconds)
        let deadline = MonotonicClock.milliseconds() + wallClock + Self.graceMilliseconds
        var assembly = ResultAssembly(of: request)
        var told: (progress: TranscodeProgress, at: Int64)?
        var buffer = [UInt8](repeating: 0, count: ResultPacket.maxByteCount)
        while true {
            let left = deadline - MonotonicClock.milliseconds()
            guard left > 0 else { return .overdue }
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(clamping: left)) > 0 else { continue }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return .abandoned }
            if let outcome = assembly.take(buffer[..<count]) { return outcome }
            // The child keeps to that pace by itself, unless its file has taken it over.
            guard let latest = assembly.progress, latest != told?.progress else { continue }
            let now = MonotonicClock.milliseconds()
            guard now - (told?.at ?? 0) >= Self.progressMilliseconds else { continue }
            told = (latest, now)
            progress(latest)
        }
    }
}
