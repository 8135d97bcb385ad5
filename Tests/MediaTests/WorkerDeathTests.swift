import Glibc
import Media
import TestSupport
import Testing

/// What ends a job's process is told apart, counted, and the end of that job alone.
struct WorkerDeathTests {
    struct Case: Sendable {
        let signal: Int32
        let reason: WorkerDeath.Reason
        let code: String
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            Case(signal: SIGSEGV, reason: .crash, code: "crashed"),
            Case(signal: SIGABRT, reason: .crash, code: "crashed"),
            Case(signal: SIGSYS, reason: .crash, code: "crashed"),
            // What the kernel sends at the limit of processor time, and when it is out of memory.
            Case(signal: SIGXCPU, reason: .processorTime, code: "timed_out"),
            Case(signal: SIGKILL, reason: .memory, code: "out_of_memory"),
        ]
    )
    func `a death is counted by its reason`(_ death: Case) async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let result = try await bench.runSlow(seenBy: table) { kill($0, death.signal) }
            #expect(result.failure?.code == death.code)
            let counts = bench.runner.counts
            #expect(counts.deaths(death.reason) == 1)
            #expect(counts.deaths == 1)
            #expect(counts.running == 0)
            #expect(try await table.waitForNoJobs())
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a job that stands still is ended at its wall clock`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            let limits = MediaLimits(wallClockMilliseconds: 4_000)
            let result = try await bench.runSlow(seenBy: table, limits: limits, goesOn: false) { _ in
                // Others are not held up by it.
                let other = try await bench.run(quick)
                #expect(other.failure == nil)
            }
            #expect(result.failure?.code == "timed_out")
            #expect(bench.runner.counts.deaths(.wallClock) == 1)
            #expect(bench.runner.counts.deaths == 1)
            #expect(bench.runner.counts.serverStarts == 1)
            #expect(try await table.waitForNoJobs())
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a server's death is counted once, however many jobs it had`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let path = try SlowPicture.path()
            let first = try await bench.runSlow(seenBy: table) { _ in
                // It waits for the other, and for its end.
                async let second = bench.run(path)
                try await Task.sleep(for: .milliseconds(200))
                kill(try #require(table.server), SIGKILL)
                let other = try await second
                #expect(other.failure == nil)
            }
            #expect(first.failure == nil)
            #expect(bench.runner.counts.deaths(.server) == 1)
            #expect(bench.runner.counts.deaths == 1)
            #expect(bench.runner.counts.serverStarts == 2)
        }
        #expect(table.all.isEmpty)
    }

    @Test(.timeLimit(.minutes(2)), arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a service manager's signal to all ends neither server nor job`(_ signal: Int32) async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let result = try await bench.runSlow(seenBy: table) { job in
                kill(job, signal)
                kill(try #require(table.server), signal)
            }
            #expect(result.failure == nil)
            #expect(bench.runner.counts.deaths == 0)
        }
        #expect(table.all.isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a server that sleeps is ended, and hangs no job`() async throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.write([UInt8]("#!/bin/sh\nexec sleep 600\n".utf8), to: "sleeper")
        chmod(path, 0o700)
        try await MediaBench.with(workerPath: path) { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            let result = try await bench.run(quick, limits: MediaLimits(wallClockMilliseconds: 1))
            #expect(result.failure?.code == "timed_out")
            #expect(bench.runner.counts.deaths(.wallClock) == 1)
            #expect(bench.runner.counts.deaths(.server) == 1)
            #expect(bench.runner.counts.running == 0)
        }
    }
}
