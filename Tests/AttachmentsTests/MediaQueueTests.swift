import Synchronization
import TestSupport
import Testing

@testable import Attachments

@Suite(.timeLimit(.minutes(1)))
struct MediaQueueTests {
    /// A queue of one turn that is taken until the value is let go, and the order in which those who waited had theirs.
    private final class Bench: Sendable {
        let queue: MediaQueue
        private let turns = Mutex<[String]>([])
        private let refused = Mutex<[String]>([])
        private let gate = AsyncStream<Void>.makeStream()

        init(bound: Int) {
            queue = MediaQueue(count: 1, bound: bound)
        }

        var order: [String] { turns.withLock { $0 } }
        var refusals: [String] { refused.withLock { $0 } }

        /// Runs `body` while somebody has the turn, and waits until all that wait are through or were refused.
        func whileBusy(_ body: (inout ThrowingTaskGroup<Void, any Error>) async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [queue, gate] in
                    try await queue.withTurn(of: "busy", isBounded: true) {
                        for await _ in gate.stream { return }
                    }
                }
                // Until the turn is taken, a job without room is not refused.
                while try await hasFreeTurn() { await Task.yield() }
                try await body(&group)
                gate.continuation.finish()
                try await group.waitForAll()
            }
        }

        private func hasFreeTurn() async throws -> Bool {
            let probe = Task { try await queue.withTurn(of: "probe", isBounded: false) {} }
            for _ in 0..<100 where queue.waitingCount == 0 { await Task.yield() }
            let isBusy = queue.waitingCount > 0
            probe.cancel()
            _ = await probe.result
            return !isBusy
        }

        /// Queues a job, and goes on when it waits or was refused.
        func enqueue(
            _ job: String,
            of user: String,
            isBounded: Bool = true,
            in group: inout ThrowingTaskGroup<Void, any Error>
        ) async {
            let refusalsBefore = refusals.count
            let waitingBefore = queue.waitingCount
            group.addTask { [self] in
                do {
                    try await queue.withTurn(of: user, isBounded: isBounded) { turns.withLock { $0.append(job) } }
                } catch is MediaQueueFull {
                    refused.withLock { $0.append(job) }
                }
            }
            while queue.waitingCount == waitingBefore, refusals.count == refusalsBefore { await Task.yield() }
        }
    }

    @Test func `never more jobs run than there may`() async throws {
        let queue = MediaQueue(count: 3, bound: 100)
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<50 {
                group.addTask {
                    try await queue.withTurn(of: "user\(index % 7)", isBounded: true) {
                        gauge.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.most == 3)
        #expect(queue.waitingCount == 0)
    }

    @Test func `users take turns, and one user's jobs run in the order in which they came`() async throws {
        let bench = Bench(bound: 10)
        try await bench.whileBusy { group in
            for job in ["a1", "a2", "a3", "a4", "b1", "c1", "c2"] {
                await bench.enqueue(job, of: String(job.prefix(1)), in: &group)
            }
        }
        #expect(bench.order == ["a1", "b1", "c1", "a2", "c2", "a3", "a4"])
        #expect(bench.refusals == [])
    }

    @Test func `a user who comes again while others wait stands behind them`() async throws {
        let bench = Bench(bound: 10)
        try await bench.whileBusy { group in
            await bench.enqueue("b1", of: "b", in: &group)
            await bench.enqueue("a1", of: "a", in: &group)
            await bench.enqueue("b2", of: "b", in: &group)
            await bench.enqueue("c1", of: "c", in: &group)
        }
        #expect(bench.order == ["b1", "a1", "c1", "b2"])
    }

    @Test func `where there is no room, the one with the most waiting goes without`() async throws {
        let bench = Bench(bound: 3)
        try await bench.whileBusy { group in
            for job in ["a1", "a2", "a3"] { await bench.enqueue(job, of: "a", in: &group) }
            await bench.enqueue("a4", of: "a", in: &group)
            #expect(bench.refusals == ["a4"])
            await bench.enqueue("b1", of: "b", in: &group)
            while bench.refusals.count < 2 { await Task.yield() }
            #expect(bench.refusals == ["a4", "a3"])
            // Two against one: whoever comes now would have as many as a has.
            await bench.enqueue("b2", of: "b", in: &group)
            #expect(bench.refusals == ["a4", "a3", "b2"])
            await bench.enqueue("c1", of: "c", in: &group)
            while bench.refusals.count < 4 { await Task.yield() }
            #expect(bench.refusals == ["a4", "a3", "b2", "a2"])
        }
        #expect(bench.order == ["a1", "b1", "c1"])
    }

    @Test func `a job that is not bounded always waits, takes no room and never has to leave`() async throws {
        let bench = Bench(bound: 1)
        try await bench.whileBusy { group in
            for job in ["l1", "l2", "l3"] { await bench.enqueue(job, of: "a", isBounded: false, in: &group) }
            await bench.enqueue("a1", of: "a", in: &group)
            await bench.enqueue("b1", of: "b", in: &group)
            #expect(bench.refusals == ["b1"])
        }
        #expect(bench.order == ["l1", "l2", "l3", "a1"])
    }

    @Test func `without room to wait only a free turn is taken`() async throws {
        let queue = MediaQueue(count: 1, bound: 0)
        try await queue.withTurn(of: "a", isBounded: true) {
            let other = Task { try await queue.withTurn(of: "b", isBounded: true) {} }
            await #expect(throws: MediaQueueFull.self) { try await other.value }
        }
        #expect(try await queue.withTurn(of: "b", isBounded: true) { true })
    }

    @Test func `a task that is cancelled while it waits throws, and its room is free`() async throws {
        let queue = MediaQueue(count: 1, bound: 1)
        try await queue.withTurn(of: "a", isBounded: true) {
            for _ in 0..<3 {
                let waiter = Task { try await queue.withTurn(of: "b", isBounded: true) { true } }
                while queue.waitingCount == 0 { await Task.yield() }
                waiter.cancel()
                await #expect(throws: CancellationError.self) { try await waiter.value }
                #expect(queue.waitingCount == 0)
            }
        }
        #expect(try await queue.withTurn(of: "c", isBounded: true) { true })
    }

    @Test func `a body that throws gives its turn back`() async throws {
        let queue = MediaQueue(count: 1, bound: 0)
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await queue.withTurn(of: "a", isBounded: true) { throw CancellationError() }
            }
        }
        #expect(try await queue.withTurn(of: "a", isBounded: true) { true })
    }
}
