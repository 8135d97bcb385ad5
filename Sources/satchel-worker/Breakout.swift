import CConfine
import CProcess
import Glibc
import Media

/// Tries to break out of the confinement of the process that it runs in.
enum Breakout {
    /// The media, the socket of the answer, and /dev/null twice.
    private static let ownDescriptorCount: Int32 = SATCHEL_JOB_RESULT + 1

    /// Makes all attempts.
    ///
    /// `landlockVersion` is what the process was told before it was confined.
    static func run(parent: pid_t, landlockVersion: Int32) -> ConfinementReport {
        let outcomes = ConfinementReport.Attempt.allCases.map { attempt in
            ConfinementReport.Outcome(attempt, isRefused: isRefused(attempt, parent))
        }
        return ConfinementReport(outcomes: outcomes, landlockVersion: Int(landlockVersion))
    }

    private static func isRefused(_ attempt: ConfinementReport.Attempt, _ parent: pid_t) -> Bool {
        switch attempt {
        case .openForReading: isRefused(SATCHEL_OPEN_FOR_READING, parent)
        case .openForWriting: isRefused(SATCHEL_OPEN_FOR_WRITING, parent)
        case .reopen: isRefused(SATCHEL_REOPEN, parent)
        case .readLink: isRefused(SATCHEL_READ_LINK, parent)
        case .lookAtFile: isRefused(SATCHEL_LOOK_AT_FILE, parent)
        case .removeFile: isRefused(SATCHEL_REMOVE_FILE, parent)
        case .makeSocket: isRefused(SATCHEL_MAKE_SOCKET, parent)
        case .connect: isRefused(SATCHEL_CONNECT, parent)
        case .startProcess: isRefused(SATCHEL_START_PROCESS, parent)
        case .startThread: isRefused(SATCHEL_START_THREAD, parent)
        case .startProgram: isRefused(SATCHEL_START_PROGRAM, parent)
        case .traceParent: isRefused(SATCHEL_TRACE_PARENT, parent)
        case .readParent: isRefused(SATCHEL_READ_PARENT, parent)
        case .signalParent: isRefused(SATCHEL_SIGNAL_PARENT, parent)
        case .mapExecutable: isRefused(SATCHEL_MAP_EXECUTABLE, parent)
        case .makeMemoryFile: isRefused(SATCHEL_MAKE_MEMORY_FILE, parent)
        case .makeRing: isRefused(SATCHEL_MAKE_RING, parent)
        case .raiseLimit: isRefused(SATCHEL_RAISE_LIMIT, parent)
        case .findDescriptor: satchel_count_descriptors() == ownDescriptorCount
        case .findVariable: satchel_count_variables() == 0
        }
    }

    /// Any other error means that the call was let through, and did not come to anything this time.
    private static func isRefused(_ attempt: satchel_attempt, _ parent: pid_t) -> Bool {
        [EPERM, EACCES].contains(satchel_try(attempt, parent))
    }
}
