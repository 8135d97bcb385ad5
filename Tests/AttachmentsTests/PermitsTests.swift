import TestSupport
import Testing

@testable import Attachments

@Suite(.timeLimit(.minutes(1)))
struct PermitsTests {
    @Test func `never more bodies run than there are permits`() async throws {
        let permits = Permits(count: 3)
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await permits.withPermit {
                        gauge.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.most == 3)
    }

    @Test func `a task that is cancelled while it waits throws and takes no permit`() async throws {
        let permits = Permits(count: 1)
        try await permits.withPermit {
            let waiter = Task { try await permits.withPermit { true } }
            try await Task.sleep(for: .milliseconds(50))
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        #expect(try await permits.withPermit { true })
    }

    @Test func `a wait ends at its deadline, and takes no permit`() async throws {
        struct Late: Error {}
        let permits = Permits(count: 1)
        try await permits.withPermit {
            for delay in [-1, 0, 50] {
                let deadline = ContinuousClock.now.advanced(by: .milliseconds(delay))
                await #expect(throws: Late.self) {
                    try await permits.withPermit(until: deadline, orThrow: Late()) {}
                }
                #expect(deadline <= .now)
            }
            let waiter = Task {
                try await permits.withPermit(until: .now.advanced(by: .seconds(50)), orThrow: Late()) { true }
            }
            try await Task.sleep(for: .milliseconds(50))
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        // One that is free is had whenever.
        #expect(try await permits.withPermit(until: .now.advanced(by: .seconds(-1)), orThrow: Late()) { true })
    }

    @Test func `a body that throws gives its permit back`() async throws {
        let permits = Permits(count: 1)
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await permits.withPermit { throw CancellationError() }
            }
        }
        #expect(try await permits.withPermit { true })
    }

    @Test func `waiting for a task's value ends at the limit, and the task goes on`() async throws {
        let task = Task {
            try? await Task.sleep(for: .milliseconds(300))
            return 7
        }
        #expect(await value(of: task, within: .milliseconds(10)) == nil)
        #expect(await value(of: task, within: .seconds(30)) == 7)
    }

    @Test func `an uncancelled body runs to its end in a cancelled task`() async throws {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await uncancelled {
                try await Task.sleep(for: .milliseconds(20))
                return Task.isCancelled
            }
        }
        task.cancel()
        #expect(try await task.value == false)
    }
}
