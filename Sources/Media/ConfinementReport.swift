/// What a confined child of the worker has tried, and what came of it.
package struct ConfinementReport: Codable, Sendable, Equatable {
    /// What it tries; the raw values go on from "a media job can …".
    package enum Attempt: String, Codable, Sendable, CaseIterable {
        /// A file that every system has and anybody may read.
        case openForReading = "open a file for reading"
        /// A nameless file in the folder for temporary ones.
        case openForWriting = "open a file for writing"
        /// The job's own file, by way of /proc.
        case reopen = "open its own file anew, for writing"
        /// The name of the job's own file, by way of /proc.
        case readLink = "read where its own file lies"
        /// Whether there is a file of a name.
        case lookAtFile = "ask whether a file exists"
        /// A file by its path.
        case removeFile = "remove a file"
        /// A socket of any kind.
        case makeSocket = "make a socket"
        /// A TCP port of this machine.
        case connect = "connect to a port"
        /// By each of the calls that there are for it.
        case startProcess = "start a process"
        /// One more than it was begun with.
        case startThread = "start a thread"
        /// Any program.
        case startProgram = "execute a program"
        /// As a debugger does.
        case traceParent = "trace the worker's server"
        /// One byte of it.
        case readParent = "read the memory of the worker's server"
        /// A signal that does nothing.
        case signalParent = "send a signal to the worker's server"
        /// Memory that could hold code of a file's.
        case mapExecutable = "make memory executable"
        /// A descriptor out of nothing.
        case makeMemoryFile = "make a file in memory"
        /// Calls that pass by a filter.
        case makeRing = "set up io_uring"
        /// Of those that it has been given.
        case raiseLimit = "change its limits"
        /// Beside the job's file, the socket of its answer and /dev/null.
        case findDescriptor = "find a descriptor of another job or of the server"
        /// Beside those that the worker sets itself.
        case findVariable = "find a variable of the environment that its parent was started with"
    }

    /// What came of one attempt.
    package struct Outcome: Codable, Sendable, Equatable {
        /// What was tried.
        package var attempt: Attempt
        /// It was refused, as it must be.
        package var isRefused: Bool

        /// Makes an outcome.
        package init(_ attempt: Attempt, isRefused: Bool) {
            self.attempt = attempt
            self.isRefused = isRefused
        }
    }

    /// All outcomes, in the order of the attempts.
    package var outcomes: [Outcome]
    /// The version of the kernel's Landlock, which is in force then; 0 where there is none.
    package var landlockVersion: Int

    /// Makes a report.
    package init(outcomes: [Outcome], landlockVersion: Int) {
        self.outcomes = outcomes
        self.landlockVersion = landlockVersion
    }

    /// Whether an attempt was made, and refused each time.
    package func refused(_ attempt: Attempt) -> Bool {
        let made = outcomes.filter { $0.attempt == attempt }
        return !made.isEmpty && made.allSatisfy(\.isRefused)
    }

    /// Every attempt was made and refused.
    package var holds: Bool {
        Attempt.allCases.allSatisfy(refused)
    }
}
