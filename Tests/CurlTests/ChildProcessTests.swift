import Foundation
import TestSupport
import Testing

/// What tests start must end when they say so: a task's thread blocks signals, and children inherit that.
struct ChildProcessTests {
    @Test func `a program that a test starts ends of SIGTERM`() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        try process.runUnblocked()
        process.terminate()
        process.waitUntilGone()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try #require(!process.isRunning)
        #expect(process.terminationReason == .uncaughtSignal)
    }
}
