import Foundation
import Gateway
import S3
import Synchronization
import TestSupport
import Testing

/// A request's trace on its way through the gateway to the storage.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct TracePropagationTests {
    private struct Call {
        let operation: String
        let parent: String?
        let state: String?
        let authorization: String
    }

    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let clientSpan = "00f067aa0ba902b7"

    /// What the storage sees of an upload of three parts whose request has these header fields.
    private static func calls(of headers: [(name: String, value: String)]) async throws -> [Call] {
        let seaweed = try await SeaweedFS.shared
        let calls = Mutex<[Call]>([])
        let proxy = try FaultProxy(to: seaweed.configuration(bucket: "any").endpoint) { request in
            let call = Call(
                operation: request.operation,
                parent: request.header("traceparent"),
                state: request.header("tracestate"),
                authorization: request.header("Authorization") ?? ""
            )
            calls.withLock { $0.append(call) }
            return .none
        }
        defer { proxy.stop() }
        try await GatewayHarness.run(configure: { $0.storage.endpoint = proxy.endpoint }) { gateway in
            let form = gateway.form(document(byteCount: 12 << 20))
            let response = try await gateway.send(
                "POST",
                "/upload/",
                headers: headers + [(name: "Content-Type", value: form.contentType)],
                body: form.body
            )
            // The storage checks signatures.
            #expect(response.status == 201)
        }
        return calls.withLock { $0 }
            .filter { ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"].contains($0.operation) }
    }

    @Test func `each call that an upload leads to carries the trace, unsigned`() async throws {
        let calls = try await Self.calls(of: [
            (name: "traceparent", value: "00-\(Self.traceID)-\(Self.clientSpan)-01"),
            (name: "tracestate", value: "congo=t61rcWkgMzE"),
        ])
        #expect(
            calls.map(\.operation).sorted() == [
                "CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart", "UploadPart", "UploadPart",
            ]
        )
        let parents = Set(calls.map(\.parent))
        #expect(parents.count == 1)
        let parent = try #require(parents.first ?? nil)
        let match = try #require(parent.wholeMatch(of: #/00-([0-9a-f]{32})-([0-9a-f]{16})-01/#))
        #expect(match.1 == Self.traceID)
        #expect(match.2 != Self.clientSpan, "the gateway is a span of its own")
        #expect(calls.allSatisfy { $0.state == "congo=t61rcWkgMzE" })
        #expect(calls.allSatisfy { $0.authorization.contains("SignedHeaders=") })
        #expect(!calls.contains { $0.authorization.contains("trace") })
    }

    @Test func `a request without a trace begins one`() async throws {
        let calls = try await Self.calls(of: [])
        #expect(calls.count == 5)
        let parents = Set(calls.map(\.parent))
        #expect(parents.count == 1)
        let parent = try #require(parents.first ?? nil)
        #expect(parent.wholeMatch(of: #/00-[0-9a-f]{32}-[0-9a-f]{16}-00/#) != nil)
        #expect(calls.allSatisfy { $0.state == nil })
    }
}
