import Foundation
import Glibc
import Media
import TestSupport
import Testing

struct WorkerResilienceTests {
    @Test(.timeLimit(.minutes(2)))
    func `a job over its wall clock times out, and the next one works`() async throws {
        try await MediaBench.with { bench in
            let slow = try bench.fixtures.slowPicture()
            let quick = try bench.fixtures.jpeg("quick.jpg")
            _ = try await bench.run(quick)
            let result = try await bench.run(slow, limits: MediaLimits(wallClockMilliseconds: 20))
            #expect(result.failure?.code == "timed_out")
            #expect(result.report == nil)
            #expect(try await bench.run(quick).thumbnail != nil)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a job over its memory is out of memory`() async throws {
        try await MediaBench.with { bench in
            let slow = try bench.fixtures.slowPicture()
            let path = try bench.fixtures.jpeg("quick.jpg")
            #expect(try await bench.run(slow).thumbnail != nil)
            // The worker's libraries take 200 MB or more: how much is enough differs.
            var codes: Set<String> = []
            for megabytes in stride(from: Int64(160), through: 600, by: 20) {
                let limits = MediaLimits(addressSpaceBytes: megabytes << 20)
                let result = try await bench.run(slow, limits: limits)
                if result.thumbnail != nil { break }
                codes.formUnion([result.failure?.code, result.reason?.code].compactMap { $0 })
            }
            #expect(codes.contains("out_of_memory"))
            // Where not even the decoder's own memory is left, it gives nothing, or the child dies of it.
            #expect(codes.isSubset(of: ["out_of_memory", "no_frame", "crashed"]))
            #expect(try await bench.run(path).thumbnail != nil)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [SIGSEGV, SIGABRT, SIGILL])
    func `a crash is its own job's failure only`(_ signal: Int32) async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            _ = try await bench.run(quick)
            let server = try #require(table.server)
            let doomed = try await bench.runSlow(seenBy: table) { job in
                // While one job is about to die, another goes on.
                let bystander = try await bench.run(quick)
                #expect(bystander.thumbnail != nil)
                kill(job, signal)
            }
            #expect(doomed.failure?.code == "crashed")
            #expect(try await bench.run(quick).thumbnail != nil)
            #expect(table.server == server)
            #expect(try await table.waitForNoJobs())
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a killed server is replaced for the next job`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            for _ in 0..<3 {
                #expect(try await bench.run(quick).thumbnail != nil)
                kill(try #require(table.server), SIGKILL)
            }
            #expect(try await bench.run(quick).thumbnail != nil)
            #expect(table.all.filter { $0.parent == getpid() }.count == 1)
        }
        #expect(table.all.isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a job whose server dies is done by the next server, and no child outlives its server`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            var seen: pid_t?
            let result = try await bench.runSlow(seenBy: table) { job in
                seen = job
                kill(try #require(table.server), SIGKILL)
            }
            #expect(result.thumbnail != nil)
            #expect(seen != nil && !table.all.contains { $0.pid == seen && !$0.isZombie })
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `ten jobs at once all answer, and leave no zombie and no descriptor in the server`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let paths = [try bench.fixtures.video("video.mp4"), try bench.fixtures.jpeg("picture.jpg")]
            _ = try await bench.run(paths[0])
            #expect(try await table.waitForNoJobs())
            let server = try #require(table.server)
            let before = table.descriptorCount(of: server)
            for _ in 0..<3 {
                let widths = try await withThrowingTaskGroup(of: Int?.self) { group in
                    for index in 0..<10 {
                        group.addTask { try await bench.run(paths[index % 2]).thumbnail?.width }
                    }
                    return try await group.reduce(into: [Int?]()) { $0.append($1) }
                }
                #expect(widths == Array(repeating: 320, count: 10))
            }
            #expect(try await table.waitForNoJobs())
            #expect(table.server == server)
            #expect(table.descriptorCount(of: server) == before)
        }
        #expect(table.all.isEmpty)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a cancelled job answers at once and its child is killed`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let slow = try bench.fixtures.slowPicture()
            let job = try await table.hold { try await bench.run(slow) }
            job.result.cancel()
            #expect(try await job.result.value.failure?.code == "cancelled")
            #expect(try await table.waitForNoJobs())
            #expect(try await bench.run(slow).thumbnail != nil)
        }
    }

    @Test func `a worker that is not there is unavailable, without its path being told`() async throws {
        let runner = MediaRunner(workerPath: "/nowhere/satchel-worker")
        let fixtures = try MediaFixtures()
        let descriptor = open(try fixtures.jpeg("quick.jpg"), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        for _ in 0..<20 {
            let failure = try #require(await runner.run(MediaRequest(operation: .probe), file: descriptor).failure)
            #expect(failure.code == "worker_unavailable")
            #expect(failure.isTemporary)
            #expect(!failure.message.contains("nowhere"))
        }
        let message = try #require(await runner.checkAlive())
        #expect(!message.contains("nowhere"))
        await runner.shutdown()
    }

    @Test func `a program that is no worker is unavailable`() async throws {
        try await MediaBench.with(workerPath: "/bin/true") { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            #expect(try await bench.run(quick).failure?.code == "worker_unavailable")
        }
    }

    @Test func `a worker that works is alive`() async throws {
        try await MediaBench.with { bench in
            #expect(await bench.runner.checkAlive() == nil)
        }
    }

    @Test func `after the shutdown there are no more jobs`() async throws {
        try await MediaBench.with { bench in
            let quick = try bench.fixtures.jpeg("quick.jpg")
            #expect(try await bench.run(quick).thumbnail != nil)
            await bench.runner.shutdown()
            await bench.runner.shutdown()
            #expect(try await bench.run(quick).failure?.code == "worker_unavailable")
            #expect(await bench.runner.checkAlive() != nil)
        }
    }

    @Test func `the file's own offset stays where it was`() async throws {
        try await MediaBench.with { bench in
            let descriptor = open(try bench.fixtures.video("video.mp4"), O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            lseek(descriptor, 17, SEEK_SET)
            let result = await bench.runner.run(MediaRequest(operation: .process), file: descriptor)
            #expect(result.thumbnail != nil)
            #expect(lseek(descriptor, 0, SEEK_CUR) == 17)
        }
    }

    @Test func `what is no regular file is unreadable`() async throws {
        try await MediaBench.with { bench in
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            let result = await bench.runner.run(MediaRequest(operation: .probe), file: descriptor)
            #expect(result.failure?.code == "unreadable")
            #expect(await bench.runner.run(MediaRequest(operation: .probe), file: -1).failure?.code == "unreadable")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a lack of descriptors in the process that asks ends no job that is under way`() async throws {
        await #expect(processExitsWith: .success) {
            let table = WorkerProcessTable()
            let fixtures = try MediaFixtures()
            let slow = open(try fixtures.slowPicture(), O_RDONLY | O_CLOEXEC)
            let runner = MediaRunner(workerPath: try table.link(in: fixtures))
            guard await runner.checkAlive() == nil, try await table.waitForNoJobs(), let server = table.server else {
                exit(3)
            }
            let request = MediaRequest(operation: .process)
            let underWay = try await table.hold { await runner.run(request, file: slow) }
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            var limit = rlimit()
            getrlimit(resource, &limit)
            let usual = limit.rlim_cur
            // With one descriptor the file can be opened, and there is no socket for its result.
            for spareCount in 0...1 {
                let lowest = open("/dev/null", O_RDONLY | O_CLOEXEC)
                close(lowest)
                limit.rlim_cur = rlim_t(lowest) + rlim_t(spareCount)
                setrlimit(resource, &limit)
                let failure = await runner.run(MediaRequest(operation: .probe), file: slow).failure
                limit.rlim_cur = usual
                setrlimit(resource, &limit)
                guard failure?.code == "worker_unavailable", failure?.isTemporary == true else { exit(5) }
            }
            kill(underWay.pid, SIGCONT)
            guard try await underWay.result.value.thumbnail != nil, table.server == server else { exit(6) }
            await runner.shutdown()
            close(slow)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `jobs leave no descriptor open in the process that asks`() async throws {
        await #expect(processExitsWith: .success) {
            func openCount() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            let fixtures = try MediaFixtures()
            let path = try fixtures.jpeg("quick.jpg")
            let before = try openCount()
            let runner = MediaRunner(workerPath: WorkerBinary.path)
            for _ in 0..<10 {
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                let result = await runner.run(MediaRequest(operation: .process), file: descriptor)
                close(descriptor)
                guard result.thumbnail != nil else { exit(3) }
            }
            await runner.shutdown()
            guard try openCount() <= before else { exit(4) }
        }
    }
}
