import Foundation
import Gateway
import TestSupport
import Testing

/// Clients that hold connections open and send next to nothing, beside clients that want something.
///
/// How many there are is in the environment; few where nothing is said there.
@Suite(.serialized, .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct SlowClientTests {
    private static let bodyCount = number("SATCHEL_TEST_SLOW_BODIES") ?? 40
    private static let headCount = number("SATCHEL_TEST_SLOW_HEADS") ?? 10

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private static func configure(_ configuration: inout GatewayConfiguration) {
        configuration.listener.maxConnections = 5000
        configuration.limits.connectionsPerAddress = nil
        configuration.limits.headerTimeout = .seconds(3)
        configuration.limits.pace = BodyPace(
            bytesPerSecond: 100,
            grace: .seconds(2),
            window: .seconds(2),
            silence: .seconds(5)
        )
    }

    private func uploadHead(_ gateway: GatewayHarness, byteCount: Int) async throws -> [UInt8] {
        let headers = [
            (name: "Content-Type", value: "application/pdf"), (name: "Content-Length", value: "\(byteCount)"),
        ]
        let target = "/upload/?message_id=\(gateway.messageID)"
        return Array(try await gateway.request("POST", target, headers: headers).head.utf8)
    }

    @Test func `slow bodies and endless heads are cut, and ordinary requests go on meanwhile`() async throws {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let bodies = SlowClients(
                count: Self.bodyCount,
                port: gateway.port,
                opening: try await uploadHead(gateway, byteCount: 1_000_000) + document(byteCount: 20),
                byte: 0x20
            )
            let heads = SlowClients(
                count: Self.headCount,
                port: gateway.port,
                opening: Array("GET /healthz HTTP/1.1\r\nX-Slow: a".utf8),
                byte: UInt8(ascii: "a")
            )
            async let cutBodies = bodies.run(seconds: 60)
            async let cutHeads = heads.run(seconds: 60)
            let longest = try await longestRequest(gateway, seconds: 3)
            let (bodyOutcomes, headOutcomes) = try await (cutBodies, cutHeads)
            #expect(longest < .seconds(5), "generous: on a machine that does nothing else it is a few milliseconds")
            #expect(bodyOutcomes.count == Self.bodyCount)
            #expect(headOutcomes.count == Self.headCount)
            #expect(
                (bodyOutcomes + headOutcomes).allSatisfy { $0.isCut && $0.statusLine == "HTTP/1.1 408 Request Timeout" }
            )
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
            print("slow clients cut: \(Self.bodyCount) bodies, \(Self.headCount) heads; longest request \(longest)")
        }
    }

    /// Looks at a message again and again, and tells how long the slowest answer took.
    private func longestRequest(_ gateway: GatewayHarness, seconds: Int) async throws -> Duration {
        let look = try await gateway.request("GET", "/messages/\(gateway.messageID)/")
        let connection = try RawHTTPConnection(port: gateway.port)
        let end = ContinuousClock.now + .seconds(seconds)
        var longest = Duration.zero
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            try await connection.send(look.bytes)
            #expect(try await connection.readResponse().status == 200)
            longest = max(longest, start.duration(to: .now))
            try await Task.sleep(for: .milliseconds(10))
        }
        return longest
    }

    @Test func `a body that stops is answered 408, and its connection ends`() async throws {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await uploadHead(gateway, byteCount: 1_000_000) + document(byteCount: 5000))
            let response = try await connection.readResponse()
            #expect(response.status == 408)
            #expect(response.code == "request_timeout")
            #expect(response.header("Connection") == "close")
            try await connection.waitForEnd()
            #expect(try await gateway.eventually { try await gateway.remains() == [] })
        }
    }

    @Test func `a client that was told to go on and does not is let go`() async throws {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let headers = [
                (name: "Content-Type", value: "application/json"), (name: "Content-Length", value: "100"),
                (name: "Expect", value: "100-continue"),
            ]
            let put = try await gateway.request(
                "PUT",
                "/messages/\(UUID())/",
                as: "backend",
                isService: true,
                headers: headers
            )
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(put.head)
            #expect(try await connection.readResponse().status == 100)
            let response = try await connection.readResponse()
            #expect(response.status == 408)
            #expect(response.code == "request_timeout")
            try await connection.waitForEnd()
        }
    }

    @Test func `a slow but steady upload goes through`() async throws {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let bytes = document(byteCount: 2400)
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await uploadHead(gateway, byteCount: bytes.count))
            for start in stride(from: 0, to: bytes.count, by: 100) {
                try await connection.send(Array(bytes[start..<start + 100]))
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(try await connection.readFinalResponse().status == 201)
        }
    }

    @Test func `a connection without a request is closed without a word, one with half a request is told`() async throws
    {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let silent = try RawHTTPConnection(port: gateway.port)
            let half = try RawHTTPConnection(port: gateway.port)
            try await half.send("GET /healthz HTTP/1.1\r\nHost: satch")
            let response = try await half.readResponse()
            #expect(response.status == 408)
            #expect(response.code == "request_timeout")
            #expect(response.json["request_id"]?.text == response.header("X-Request-Id"))
            try await half.waitForEnd()
            #expect(try await silent.hasBytes(within: .seconds(20)), "its end is readable")
            await #expect(throws: RawHTTPError.self) { try await silent.readResponse() }
        }
    }

    @Test func `the head of a later request is held to its time as well, and the pause before it is not`() async throws
    {
        try await GatewayHarness.run(configure: Self.configure) { gateway in
            let probe = RawHTTPRequest("GET", "/healthz").bytes
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(probe)
            #expect(try await connection.readResponse().status == 200)
            try await Task.sleep(for: .seconds(4))
            try await connection.send(probe + Array(probe.prefix(10)))
            #expect(try await connection.readResponse().status == 200)
            try await connection.send(Array(probe[10..<12]))
            #expect(try await connection.readResponse().status == 408)
            try await connection.waitForEnd()
        }
    }
}
