import Foundation
import Glibc
import Media
import TestSupport
import Testing

/// The worker of a process that is killed while its jobs run.
struct WorkerOrphanTests {
    /// The process that is killed, and this one, know each other's table by the number of this one.
    private static func table(of parent: pid_t) -> WorkerProcessTable {
        WorkerProcessTable(name: "sw-o-\(parent)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `neither server nor job outlives a process that is killed`() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let table = WorkerOrphanTests.table(of: getppid())
            let fixtures = try MediaFixtures()
            let runner = MediaRunner(workerPath: try table.link(in: fixtures))
            let slow = open(try fixtures.slowPicture(), O_RDONLY | O_CLOEXEC)
            let request = MediaRequest(operation: .process)
            Task { await runner.run(request, file: slow) }
            // Its end must come from outside: it would not go on by itself.
            _ = try await table.hold { await runner.run(request, file: slow) }
            // Nothing of this process runs after it, so the files go first.
            try FileManager.default.removeItem(atPath: fixtures.directory.path)
            kill(getpid(), SIGKILL)
        }
        let table = Self.table(of: getpid())
        #expect(try await table.waitForNothing())
    }
}
