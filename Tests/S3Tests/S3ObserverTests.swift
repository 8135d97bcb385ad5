import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// What an observer is told of calls, and what goes along with them.
struct S3ObserverTests {
    private final class Notes: S3Observer {
        private let texts = Mutex<[String]>([])
        private let durations = Mutex<[Duration]>([])

        var all: [String] { texts.withLock { $0 } }
        var shortest: Duration? { durations.withLock { $0.min() } }

        func s3Call(_ operation: S3Operation, ended outcome: S3Outcome, after duration: Duration) {
            texts.withLock { $0.append("\(operation.rawValue) \(outcome.rawValue)") }
            durations.withLock { $0.append(duration) }
        }

        func s3Retry(of operation: S3Operation) {
            texts.withLock { $0.append("\(operation.rawValue) again") }
        }
    }

    @Test func `a call is told once, with its retries before it`() async throws {
        let storage = try ScriptedS3([
            .error("InternalError", status: 500), .error("SlowDown", status: 503), .answer(status: 204),
        ])
        let notes = Notes()
        try await storage.client.observed(by: notes).deleteObject(key: "k")
        #expect(notes.all == ["DeleteObject again", "DeleteObject again", "DeleteObject success"])
        let shortest = try #require(notes.shortest)
        #expect(shortest > .zero)
    }

    @Test func `the outcomes are told apart`() async throws {
        let storage = try ScriptedS3(
            [
                .head(status: 404), .head(status: 403), .error("InternalError", status: 500),
                .answer(body: "<Other></Other>"),
            ],
            maxAttempts: 1
        )
        let notes = Notes()
        let client = storage.client.observed(by: notes)
        for _ in 0..<2 { await #expect(throws: S3Error.self) { _ = try await client.headObject(key: "k") } }
        await #expect(throws: S3Error.self) { try await client.deleteObject(key: "k") }
        await #expect(throws: S3Error.self) { _ = try await client.listObjects() }
        #expect(
            notes.all == [
                "HeadObject not_found", "HeadObject rejected", "DeleteObject failed", "ListObjectsV2 failed",
            ]
        )
    }

    @Test func `a call that the open circuit refuses is told as that, and the probe as a call`() async throws {
        let storage = try ScriptedS3(
            [.reset, .head()],
            maxAttempts: 1,
            circuit: S3CircuitPolicy(failureCount: 1, probeInterval: .seconds(60))
        )
        let notes = Notes()
        let client = storage.client.observed(by: notes)
        #expect(!client.isCircuitOpen)
        for _ in 0..<2 { await #expect(throws: S3Error.self) { try await client.deleteObject(key: "k") } }
        #expect(client.isCircuitOpen)
        try await client.probe()
        #expect(!client.isCircuitOpen)
        #expect(
            notes.all == ["DeleteObject unreachable", "DeleteObject circuit_open", "HeadBucket success"]
        )
    }

    @Test func `a trace is sent, and is not signed`() async throws {
        let storage = try ScriptedS3([.answer(status: 204), .answer(status: 204)])
        let trace = S3Trace(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: "a=1")
        try await S3Trace.$current.withValue(trace) { try await storage.client.deleteObject(key: "k") }
        try await storage.client.deleteObject(key: "k")
        let requests = storage.requests
        #expect(requests.map { $0.header("traceparent") } == [trace.parent, nil])
        #expect(requests.map { $0.header("tracestate") } == ["a=1", nil])
        for request in requests {
            let authorization = try #require(request.header("authorization"))
            #expect(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"))
        }
    }
}
