import Foundation
import Media

/// Starts the media worker, and has one of its confined children try to break out.
struct WorkerCheckup: Sendable {
    private let path: String

    /// Prepares the look at the worker with that path.
    init(path: String) {
        self.path = path
    }

    /// A line for the worker; one for each way out where it runs.
    func run() async -> [CheckLine] {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            let advice = "Install satchel-worker beside satchel, or set media.workerPath"
            return [.bad("media worker", "\(path) is missing. \(advice)")]
        }
        let media = MediaRunner(workerPath: path)
        let lines = await lines(of: media)
        await media.shutdown()
        return lines
    }

    private func lines(of media: MediaRunner) async -> [CheckLine] {
        if let fault = await media.checkAlive() {
            return [.bad("media worker", "\(path): \(fault) Try: \(path) breakout")]
        }
        let worker = CheckLine.good("media worker", path)
        do throws(MediaFailure) {
            return [worker] + Self.lines(of: try await media.confinement())
        } catch {
            let advice = "Install satchel and satchel-worker of one release"
            return [worker, .bad("confinement", "not shown: \(error.message) \(advice)")]
        }
    }

    /// What a report of a breakout comes to: an attempt that was not made is not refused.
    static func lines(of report: ConfinementReport) -> [CheckLine] {
        let attempts = ConfinementReport.Attempt.allCases.map { attempt -> CheckLine in
            guard report.refused(attempt) else {
                return .bad(
                    "confinement",
                    "a media job can \(attempt.rawValue). Take no uploads before it cannot: install satchel-worker of this "
                        + "release, on a kernel that enforces seccomp filters (CONFIG_SECCOMP_FILTER)"
                )
            }
            return .good("confinement", "refused: \(attempt.rawValue)")
        }
        return attempts + [landlock(report.landlockVersion)]
    }

    private static func landlock(_ version: Int) -> CheckLine {
        guard version > 0 else {
            return .note(
                "confinement",
                "the kernel has no Landlock, or it is switched off: the filter of system calls stands alone"
            )
        }
        return .good("confinement", "Landlock is in force too (version \(version))")
    }
}
