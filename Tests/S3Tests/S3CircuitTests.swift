import Curl
import S3
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct S3CircuitTests {
    private func error(_ call: () async throws -> Void) async throws -> S3Error {
        try await #require(throws: S3Error.self) { try await call() }
    }

    private let quick = S3CircuitPolicy(failureCount: 3, probeInterval: .milliseconds(150))
    private let slow = S3CircuitPolicy(failureCount: 3, probeInterval: .seconds(60), maxProbeInterval: .seconds(60))

    @Test func `after so many failures in a row nothing is sent until the next probe is due`() async throws {
        let storage = try ScriptedS3(Array(repeating: .reset, count: 3), circuit: slow)
        #expect(storage.client.refusal == nil)
        let failure = try await error { try await storage.client.deleteObject(key: "k") }
        #expect(failure.code == .transport(.connectionLost))
        let refusal = try await error { try await storage.client.deleteObject(key: "k") }
        #expect(refusal.code == .circuitOpen)
        #expect(refusal.isUnavailable)
        #expect(!refusal.leavesOutcomeOpen)
        #expect((refusal.retryAfter ?? .zero) > .seconds(30))
        #expect((storage.client.refusal ?? .zero) > .seconds(30))
        #expect(storage.requests.count == 3)
    }

    @Test func `calls that their own deadline cut short say nothing of the storage`() async throws {
        let storage = try ScriptedS3(Array(repeating: .silence, count: 3) + [.answer(status: 204)], circuit: slow)
        for _ in 0..<3 {
            let late = storage.client.until(.now.advanced(by: .milliseconds(100)))
            let failure = try await error { try await late.deleteObject(key: "k") }
            #expect(failure.code == .transport(.totalTimeout))
        }
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.count == 4)
    }

    @Test func `the first call after the pause probes, and goes on when the storage answers`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .error("InternalError", status: 500), count: 3) + [.head(), .answer(status: 204)],
            circuit: quick
        )
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        try await Task.sleep(for: .milliseconds(200))
        #expect(storage.client.refusal == nil)
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.map(\.method) == ["DELETE", "DELETE", "DELETE", "HEAD", "DELETE"])
        #expect(storage.requests[3].target == "/bucket")
    }

    @Test func `a probe that fails keeps the calls out`() async throws {
        let storage = try ScriptedS3(Array(repeating: .reset, count: 4), circuit: quick)
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        try await Task.sleep(for: .milliseconds(200))
        let refusal = try await error { try await storage.client.deleteObject(key: "k") }
        #expect(refusal.code == .circuitOpen)
        #expect(storage.requests.map(\.method) == ["DELETE", "DELETE", "DELETE", "HEAD"])
    }

    @Test func `a call with patience is carried over an outage`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .reset, count: 5) + [.head(), .answer(status: 204)],
            circuit: S3CircuitPolicy(failureCount: 3, probeInterval: .milliseconds(30))
        )
        try await storage.client.patient(for: .seconds(30)).deleteObject(key: "k")
        #expect(
            storage.requests.map(\.method) == ["DELETE", "DELETE", "DELETE", "HEAD", "HEAD", "HEAD", "DELETE"]
        )
    }

    @Test func `patience ends`() async throws {
        let storage = try ScriptedS3(Array(repeating: .reset, count: 3), circuit: slow)
        let refusal = try await error {
            try await storage.client.patient(for: .seconds(4)).deleteObject(key: "k")
        }
        #expect(refusal.code == .circuitOpen)
        #expect(storage.requests.count == 3)
    }

    @Test func `answers that refuse a call do not speak against the storage`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .error("AccessDenied", status: 403), count: 6) + [.answer(status: 204)],
            circuit: quick
        )
        for _ in 0..<6 {
            let refusal = try await error { try await storage.client.deleteObject(key: "k") }
            #expect(refusal.code == .accessDenied)
        }
        try await storage.client.deleteObject(key: "k")
    }

    @Test func `a probe from outside closes the circuit`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .reset, count: 3) + [.head(), .answer(status: 204)],
            circuit: slow
        )
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        try await storage.client.probe()
        #expect(storage.client.refusal == nil)
        try await storage.client.deleteObject(key: "k")
    }

    @Test func `a call that is cancelled while it probes ends, and the next one probes`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .reset, count: 3) + [.silence, .head(), .answer(status: 204)],
            circuit: quick
        )
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        try await Task.sleep(for: .milliseconds(200))
        let call = Task { try await storage.client.patient(for: .seconds(3600)).deleteObject(key: "k") }
        while storage.requests.count < 4 { try await Task.sleep(for: .milliseconds(5)) }
        call.cancel()
        let ended = try await error { try await call.value }
        #expect(ended.code == .transport(.cancelled))
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.map(\.method).suffix(3) == ["HEAD", "HEAD", "DELETE"])
    }

    @Test func `a probe that its caller's deadline cut short is not held against the storage`() async throws {
        let storage = try ScriptedS3(
            Array(repeating: .reset, count: 3) + [.silence, .head(), .answer(status: 204)],
            circuit: S3CircuitPolicy(failureCount: 3, probeInterval: .milliseconds(150), maxProbeInterval: .seconds(60))
        )
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        try await Task.sleep(for: .milliseconds(200))
        let late = try await error {
            try await storage.client.until(.now.advanced(by: .seconds(1))).deleteObject(key: "k")
        }
        #expect(late.code == .transport(.totalTimeout))
        #expect(late.operation == "DeleteObject")
        #expect(!late.leavesOutcomeOpen)
        // The next may probe at once.
        #expect(storage.client.refusal == nil)
        try await storage.client.deleteObject(key: "k")
        #expect(storage.requests.map(\.method).suffix(3) == ["HEAD", "HEAD", "DELETE"])
    }

    @Test func `a cancelled call does not wait for a probe`() async throws {
        let storage = try ScriptedS3(Array(repeating: .reset, count: 3), circuit: slow)
        _ = try await error { try await storage.client.deleteObject(key: "k") }
        let call = Task { try await storage.client.patient(for: .seconds(3600)).deleteObject(key: "k") }
        call.cancel()
        _ = await call.result
        #expect(storage.requests.count == 3)
    }
}
