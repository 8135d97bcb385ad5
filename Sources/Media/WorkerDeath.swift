/// How a worker's process came to a bad end.
package struct WorkerDeath: Codable, Sendable, Equatable {
    /// The reasons that are told apart and counted.
    package enum Reason: String, Codable, Sendable, CaseIterable {
        /// It crashed, or ended without an answer.
        case crash
        /// It was killed at its wall clock.
        case wallClock = "wall_clock"
        /// It was killed at its processor time.
        case processorTime = "processor_time"
        /// The system killed it for want of memory.
        ///
        /// One that reaches the limit of its own address space is told so, answers and is no death.
        case memory
        /// It could not confine itself and ended before it touched its file.
        case confinement
        /// What it sent makes no sense: its file may have taken it over.
        case nonsense
        /// The server of all jobs died, or did not end a job in time and was ended.
        case server
    }

    /// Why it ended.
    package var reason: Reason
    /// The signal that ended it; nil where none did, or nobody saw.
    package var signal: Int32?

    /// Makes a death.
    package init(_ reason: Reason, signal: Int32? = nil) {
        self.reason = reason
        self.signal = signal
    }

    /// What the job's caller is told.
    package var failure: MediaFailure {
        switch reason {
        case .crash: MediaFailure(.crashed, signal.map { "The job died of signal \($0)." } ?? "The job gave no answer.")
        case .wallClock: MediaFailure(.timedOut, "The job ran into its limit of time.")
        case .processorTime: MediaFailure(.timedOut, "The job ran into its limit of processor time.")
        case .memory: MediaFailure(.outOfMemory, "The job was killed by the system.")
        case .confinement: MediaFailure(.confinementFailed, "The worker cannot confine itself.")
        case .nonsense: MediaFailure(.crashed, "The worker's answer makes no sense.")
        case .server: MediaFailure(.crashed, "The worker died during the job.")
        }
    }

    /// The parent can have seen this of its child.
    ///
    /// The child writes to the same socket as its parent. It may claim one of these for itself, for they all end its job.
    var isVerdict: Bool {
        guard signal.map({ (1...64).contains($0) }) ?? true else { return false }
        return [.crash, .wallClock, .processorTime, .memory].contains(reason)
    }
}
