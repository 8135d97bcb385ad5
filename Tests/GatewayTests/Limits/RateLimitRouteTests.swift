import Attachments
import Foundation
import Gateway
import TestSupport
import Testing

/// Rates on the wire.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RateLimitRouteTests {
    @Test func `uploads of one user are held to their rate, and the answers say so`() async throws {
        let rates = RateLimits(address: nil, userReads: nil, userWrites: nil, userUploads: 2)
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            for remaining in [1, 0] {
                let response = try await gateway.post(gateway.form(document(byteCount: 300)))
                #expect(response.status == 201)
                #expect(response.header("RateLimit-Policy") == #""uploads";q=2;w=60"#)
                #expect(response.header("RateLimit")?.hasPrefix(#""uploads";r=\#(remaining);t="#) == true)
                #expect(response.header("Retry-After") == nil)
            }
            let refused = try await gateway.post(gateway.form(document(byteCount: 300)))
            #expect(refused.status == 429)
            #expect(refused.code == "rate_limited")
            let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
            #expect((1...30).contains(wait), "a token grows in 30 s")
            #expect(refused.header("RateLimit") == #""uploads";r=0;t=\#(wait)"#)
            // Each upload route draws on the same bucket, other requests and other users do not.
            let video = try await gateway.post(gateway.form(document(byteCount: 300)), to: "/videos/upload")
            #expect(video.status == 429)
            // Nor does another spelling of the path have another.
            let doubled = try await gateway.post(gateway.form(document(byteCount: 300)), to: "//upload//")
            #expect(doubled.status == 429)
            #expect(doubled.json["file"] != nil)
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
            #expect(try await gateway.post(gateway.form(document(byteCount: 300)), as: "bob").status == 201)
        }
    }

    @Test func `the app's back end has no rate, and its address is not charged`() async throws {
        let rates = RateLimits(address: 5, userReads: 1, userWrites: 1, userUploads: 1)
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            for _ in 0..<20 {
                let response = try await gateway.sendAsService("PUT", "/conversations/\(UUID())/")
                #expect(response.status == 200)
                #expect(response.header("RateLimit") == nil)
            }
            let response = try await gateway.send("GET", "/messages/\(gateway.messageID)/")
            #expect(response.status == 200)
            #expect(response.header("RateLimit-Policy") == #""address";q=5;w=60, "reads";q=1;w=60"#)
        }
    }

    @Test func `an address is held to its rate before its token is looked at, probes are not`() async throws {
        let rates = RateLimits(address: 3, userReads: nil, userWrites: nil, userUploads: nil)
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            var statuses: [Int] = []
            for _ in 0..<5 {
                let headers = [(name: "Authorization", value: "Bearer nonsense")]
                let response = try await gateway.send("GET", "/attachments/\(UUID())/", as: nil, headers: headers)
                statuses.append(response.status)
                #expect(response.header("RateLimit") != nil)
            }
            #expect(statuses == [401, 401, 401, 429, 429])
            for _ in 0..<5 {
                let probe = try await RawHTTPRequest("GET", "/healthz").send(port: gateway.port)
                #expect(probe.status == 200)
                #expect(probe.header("RateLimit") == nil)
            }
        }
    }

    @Test func `limits that are reloaded hold from the next request on`() async throws {
        let isStrict = LiveValue(true)
        let reloaded = { @Sendable (configuration: inout GatewayConfiguration) in
            guard isStrict.current else { return }
            configuration.attachments.limits.document = 1 << 20
            configuration.limits.rates = RateLimits(address: nil, userReads: 1, userWrites: nil, userUploads: nil)
        }
        try await GatewayHarness.run(reloaded: reloaded) { gateway in
            let bytes = document(byteCount: 2 << 20)
            let first = try await gateway.post(gateway.form(bytes))
            #expect(first.status == 201)
            #expect(await gateway.server.reloadConfiguration())
            #expect(try await gateway.post(gateway.form(bytes)).code == "file_too_large")
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 429)
            isStrict.replace(false)
            #expect(await gateway.server.reloadConfiguration())
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID)/").status == 200)
            #expect(try await gateway.post(gateway.form(bytes)).status == 201)
        }
    }
}
