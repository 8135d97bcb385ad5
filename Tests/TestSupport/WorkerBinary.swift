import Foundation

/// Finds the worker's executable that was built beside the tests.
package enum WorkerBinary {
    /// The absolute path: `SATCHEL_WORKER` of the environment, else the file in the running test binary's directory.
    package static let path: String = {
        if let path = ProcessInfo.processInfo.environment["SATCHEL_WORKER"] { return path }
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(fileURLWithPath: executable).deletingLastPathComponent()
            .appendingPathComponent("satchel-worker").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent(".build/debug/satchel-worker").path
    }()
}
