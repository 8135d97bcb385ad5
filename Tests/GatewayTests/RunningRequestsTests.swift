import TestSupport
import Testing

@testable import Gateway

struct RunningRequestsTests {
    private let requests = RunningRequests()
    private let begun = Gauge()

    private func waitUntilBegun() async throws {
        while begun.now == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `what runs is cancelled, and what begins later at once`() async throws {
        let (requests, begun) = (requests, begun)
        let running = Task {
            try await requests.run {
                begun.enter()
                try await Task.sleep(for: .seconds(600))
            }
        }
        try await waitUntilBegun()
        #expect(!requests.areCancelled)
        requests.cancelAll()
        #expect(requests.areCancelled)
        await #expect(throws: CancellationError.self) { try await running.value }
        await #expect(throws: CancellationError.self) {
            try await requests.run { try await Task.sleep(for: .seconds(600)) }
        }
    }

    @Test func `the caller is not cancelled with what it runs, so that it can answer`() async throws {
        let requests = requests
        requests.cancelAll()
        let task = Task {
            let isCancelledInside = try await requests.run { Task.isCancelled }
            return (inside: isCancelledInside, outside: Task.isCancelled)
        }
        let isCancelled = try await task.value
        #expect(isCancelled.inside)
        #expect(!isCancelled.outside)
    }

    @Test func `the caller's own cancellation is passed on`() async throws {
        let (requests, begun) = (requests, begun)
        let running = Task {
            try await requests.run {
                begun.enter()
                try await Task.sleep(for: .seconds(600))
            }
        }
        try await waitUntilBegun()
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(!requests.areCancelled)
    }

    @Test func `results and errors come through`() async throws {
        let requests = requests
        let number = try await requests.run { 17 }
        #expect(number == 17)
        await #expect(throws: Failure.self) { try await requests.run { () -> Int in throw Failure() } }
    }

    private struct Failure: Error {}
}
