import Foundation
import Glibc
import Media
import TestSupport
import Testing

struct WorkerEnduranceTests {
    /// What a long run could leave behind.
    private struct Footprint {
        let ownDescriptors: Int
        let serverDescriptors: Int
        let ownKilobytes: Int
        let serverKilobytes: Int
        let processes: Int

        init(_ table: WorkerProcessTable) throws {
            let server = try #require(table.server)
            ownDescriptors = table.descriptorCount(of: getpid())
            serverDescriptors = table.descriptorCount(of: server)
            ownKilobytes = try #require(table.residentKilobytes(of: getpid()))
            serverKilobytes = try #require(table.residentKilobytes(of: server))
            processes = table.all.count
        }
    }

    /// Probes and thumbnails in turn, of a picture and a video; false where one fails.
    private static func run(_ count: Int, on runner: MediaRunner, files: [Int32]) async -> Bool {
        for index in 0..<count {
            let operation: MediaRequest.Operation = index % 2 == 0 ? .probe : .process
            let result = await runner.run(MediaRequest(operation: operation), file: files[index / 2 % files.count])
            guard result.report?.width == 160 else { return false }
            guard (result.thumbnail != nil) == (operation == .process) else { return false }
        }
        return true
    }

    @Test(.timeLimit(.minutes(5)))
    func `1,000 jobs in a row leave no descriptor, no memory and no process`() async throws {
        await #expect(processExitsWith: .success) {
            let table = WorkerProcessTable()
            let fixtures = try MediaFixtures()
            let paths = [
                try fixtures.jpeg("small.jpg", width: 160, height: 90),
                try fixtures.video("small.mp4", width: 160, height: 90, seconds: 1),
            ]
            let files = paths.map { open($0, O_RDONLY | O_CLOEXEC) }
            let runner = MediaRunner(workerPath: try table.link(in: fixtures))
            // What is made once is made by then: threads, pools, the tables of codecs.
            guard await WorkerEnduranceTests.run(100, on: runner, files: files), try await table.waitForNoJobs() else {
                exit(3)
            }
            // The first sleep of a process opens its timers.
            try await Task.sleep(for: .milliseconds(100))
            let before = try Footprint(table)
            guard await WorkerEnduranceTests.run(1_000, on: runner, files: files), try await table.waitForNoJobs()
            else { exit(4) }
            // What a job has open is closed right behind its answer.
            for _ in 0..<12_000 where table.descriptorCount(of: getpid()) > before.ownDescriptors {
                try await Task.sleep(for: .milliseconds(10))
            }
            let after = try Footprint(table)
            guard after.ownDescriptors <= before.ownDescriptors else { exit(5) }
            guard after.serverDescriptors == before.serverDescriptors else { exit(6) }
            guard before.processes == 1, after.processes == 1 else { exit(7) }
            // A KiB of each job would show.
            guard after.serverKilobytes - before.serverKilobytes < 1_000 else { exit(8) }
            guard after.ownKilobytes - before.ownKilobytes < 4_000 else { exit(9) }
            guard runner.counts.jobs == 1_100, runner.counts.deaths == 0, runner.counts.running == 0 else { exit(10) }
            await runner.shutdown()
            guard table.all.isEmpty else { exit(11) }
        }
    }
}
