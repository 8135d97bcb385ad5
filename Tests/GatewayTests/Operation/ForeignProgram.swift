import Foundation

/// Another program, run to its end on a thread of its own: the server under test runs on those of Swift's pool.
enum ForeignProgram {
    /// What it said on both its outputs, and its status.
    static func run(_ path: String, _ arguments: [String]) async throws -> (output: String, status: Int32) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try runNow(path, arguments) }) }
        }
    }

    private static func runNow(_ path: String, _ arguments: [String]) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (output: String(decoding: said, as: UTF8.self), status: process.terminationStatus)
    }
}
