import Foundation
import Glibc
import Media
import TestSupport
import Testing

struct WorkerConfinementTests {
    @Test(arguments: ConfinementReport.Attempt.allCases)
    func `a media job can do nothing of this`(_ attempt: ConfinementReport.Attempt) async throws {
        try await MediaBench.with { bench in
            let report = try await bench.runner.confinement()
            #expect(report.refused(attempt))
        }
    }

    @Test func `all attempts are made, and the whole holds`() async throws {
        try await MediaBench.with { bench in
            let report = try await bench.runner.confinement()
            #expect(report.outcomes.map(\.attempt) == ConfinementReport.Attempt.allCases)
            #expect(report.holds)
            // The worker lives on, and had nothing to count.
            #expect(await bench.runner.checkAlive() == nil)
            #expect(bench.runner.counts.deaths == 0)
            #expect(bench.runner.counts.serverStarts == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the kernel says of a job what it is confined by`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            let result = try await bench.runSlow(seenBy: table) { job in
                kill(job, SIGSTOP)
                // It may have been seen in the moment before.
                var status = ""
                for _ in 0..<10_000 where !status.contains("Seccomp:\t2") {
                    kill(job, SIGCONT)
                    try await Task.sleep(for: .milliseconds(1))
                    kill(job, SIGSTOP)
                    status = try String(contentsOfFile: "/proc/\(job)/status", encoding: .utf8)
                }
                let limits = try String(contentsOfFile: "/proc/\(job)/limits", encoding: .utf8)
                kill(job, SIGCONT)
                #expect(status.contains("NoNewPrivs:\t1"))
                #expect(status.contains("Seccomp:\t2"))
                for limit in ["file size", "core file size", "processes", "open files"] {
                    #expect(limits.split(separator: "\n").contains { $0.hasPrefix("Max \(limit) ") && Self.isZero($0) })
                }
            }
            #expect(result.thumbnail != nil)
        }
    }

    /// Soft and hard limit are 0.
    private static func isZero(_ line: Substring) -> Bool {
        line.split(separator: " ").filter { $0 == "0" }.count == 2
    }

    @Test func `the server is started with no environment but the loader's`() async throws {
        let table = WorkerProcessTable()
        let fixtures = try MediaFixtures()
        setenv("SATCHEL_CANARY", "secret", 1)
        defer { unsetenv("SATCHEL_CANARY") }
        try await MediaBench.with(workerPath: try table.link(in: fixtures)) { bench in
            #expect(await bench.runner.checkAlive() == nil)
            let server = try #require(table.server)
            let text = try String(contentsOfFile: "/proc/\(server)/environ", encoding: .utf8)
            let names = text.split(separator: "\0").map { $0.prefix { $0 != "=" } }
            // The loader cuts the list of tunables in pieces where it stands.
            let others = names.filter { !$0.hasPrefix("glibc.malloc.") }
            #expect(Set(others).subtracting(["GLIBC_TUNABLES", "LD_BIND_NOW", "LD_LIBRARY_PATH"]) == [])
        }
    }
}
