import Foundation
import Gateway
import TestSupport
import Testing

/// Whose address the gateway believes, as it shows in limits and in the activity log.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ClientAddressTests {
    private let spoofed = [
        (name: "X-Forwarded-For", value: "198.51.100.1"), (name: "Forwarded", value: "for=198.51.100.1"),
    ]

    private func uploadAndLook(
        _ gateway: GatewayHarness,
        headers: [(name: String, value: String)]
    ) async throws -> String? {
        let form = gateway.form(document(byteCount: 300))
        let all = headers + [(name: "Content-Type", value: form.contentType)]
        let response = try await gateway.send("POST", "/upload/", headers: all, body: form.body)
        #expect(response.status == 201)
        let log = try await gateway.sendAsService("GET", "/activity/?limit=1")
        return log.json["activities"]?[0]?["client_address"]?.text
    }

    @Test func `a spoofed header of a peer that is no proxy changes nothing`() async throws {
        let rates = RateLimits(address: 2, userReads: nil, userWrites: nil, userUploads: nil)
        try await GatewayHarness.run(reloaded: { $0.limits.rates = rates }) { gateway in
            #expect(try await uploadAndLook(gateway, headers: spoofed) == "127.0.0.1")
            #expect(await gateway.server.reloadConfiguration())
            var statuses: [Int] = []
            for number in 1...4 {
                let header = [(name: "X-Forwarded-For", value: "198.51.100.\(number)")]
                statuses.append(try await gateway.send("GET", "/nothing", headers: header).status)
            }
            #expect(statuses == [404, 404, 429, 429], "each made-up address would have a bucket of its own")
        }
    }

    @Test func `behind a trusted proxy the last stranger counts, in the log and for the limits`() async throws {
        let network = try #require(IPNetwork("127.0.0.0/8"))
        let configure = { (configuration: inout GatewayConfiguration) in
            configuration.limits.trustedProxies = TrustedProxies(networks: [network])
            configuration.limits.rates = RateLimits(address: 1, userReads: nil, userWrites: nil, userUploads: nil)
        }
        try await GatewayHarness.run(configure: configure) { gateway in
            let chain = [(name: "X-Forwarded-For", value: "198.51.100.1, 203.0.113.9")]
            let logged = try await uploadAndLook(gateway, headers: chain)
            #expect(logged == "203.0.113.9")
            let claim = [(name: "X-Forwarded-For", value: "198.51.100.2, 203.0.113.9")]
            #expect(try await gateway.send("GET", "/nothing", headers: claim).status == 429)
            let other = [(name: "X-Forwarded-For", value: "203.0.113.10")]
            #expect(try await gateway.send("GET", "/nothing", headers: other).status == 404)
        }
    }

    @Test func `an address has only so many connections, and a proxy as many as it likes`() async throws {
        let network = try #require(IPNetwork("127.0.0.1"))
        let trusts = { @Sendable (configuration: inout GatewayConfiguration) in
            configuration.limits.trustedProxies = TrustedProxies(networks: [network])
        }
        try await GatewayHarness.run(configure: { $0.limits.connectionsPerAddress = 3 }, reloaded: trusts) { gateway in
            let probe = RawHTTPRequest("GET", "/healthz").bytes
            var held: [RawHTTPConnection] = []
            for _ in 0..<3 {
                let connection = try RawHTTPConnection(port: gateway.port)
                try await connection.send(probe)
                #expect(try await connection.readResponse().status == 200)
                held.append(connection)
            }
            try await RawHTTPConnection(port: gateway.port).waitForEnd()
            try await held.removeLast().close()
            let hasRoom = try await gateway.eventually {
                (try? await RawHTTPRequest("GET", "/healthz").send(port: gateway.port))?.status == 200
            }
            #expect(hasRoom)
            #expect(await gateway.server.reloadConfiguration())
            for _ in 0..<5 {
                let connection = try RawHTTPConnection(port: gateway.port)
                try await connection.send(probe)
                #expect(try await connection.readResponse().status == 200)
                held.append(connection)
            }
            withExtendedLifetime(held) {}
        }
    }
}
