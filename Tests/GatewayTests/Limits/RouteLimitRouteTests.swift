import Attachments
import Foundation
import Gateway
import TestSupport
import Testing

/// Limits of single routes on the wire.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RouteLimitRouteTests {
    private func limit(
        _ name: String,
        _ route: String,
        _ perMinute: Int,
        _ per: RouteLimit.Partition = .user
    ) throws -> RouteLimit {
        try #require(RouteLimit(name: name, route: route, perMinute: perMinute, per: per))
    }

    private func rates(reads: Int? = nil, uploads: Int? = nil, _ limits: RouteLimit...) -> RateLimits {
        var rates = RateLimits(address: nil, userReads: reads, userWrites: nil, userUploads: uploads)
        rates.routes = RouteLimits(limits)
        return rates
    }

    @Test func `a route's limit holds beside that of its kind, and a refusal takes from neither`() async throws {
        let rates = try rates(uploads: 3, limit("posts", "POST /upload/", 1))
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            let first = try await gateway.post(gateway.form(document(byteCount: 300)))
            #expect(first.status == 201)
            #expect(first.header("RateLimit-Policy") == #""uploads";q=3;w=60, "posts";q=1;w=60"#)
            for path in ["/upload/", "/upload", "//upload//"] {
                let refused = try await gateway.post(gateway.form(document(byteCount: 300)), to: path)
                #expect(refused.status == 429)
                #expect(refused.code == "rate_limited")
                let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
                #expect((1...60).contains(wait), "a token grows in a minute")
                let fields = try #require(refused.header("RateLimit"))
                #expect(fields.hasPrefix(#""uploads";r=2;t="#), "refusals cost nothing")
                #expect(fields.hasSuffix(#", "posts";r=0;t=\#(wait)"#))
            }
            // Another route of the kind, and another user.
            let video = try await gateway.post(gateway.form(document(byteCount: 300)), to: "/videos/upload/")
            #expect(video.status != 429)
            #expect(video.header("RateLimit-Policy") == #""uploads";q=3;w=60"#)
            #expect(video.header("RateLimit")?.hasPrefix(#""uploads";r=1;t="#) == true)
            #expect(try await gateway.post(gateway.form(document(byteCount: 300)), as: "bob").status == 201)
        }
    }

    @Test func `where the kind's rate is used up, the route keeps what it has`() async throws {
        let rates = try rates(reads: 1, limit("looks", "GET /messages/{id}/", 2))
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            let path = "/messages/\(gateway.messageID)/"
            #expect(try await gateway.send("GET", path).status == 200)
            for _ in 0..<3 {
                let refused = try await gateway.send("GET", path)
                #expect(refused.status == 429)
                #expect(refused.json["error"]?.text?.contains("requests of yours that read") == true)
                #expect(refused.header("RateLimit")?.contains(#", "looks";r=1;t="#) == true)
            }
        }
    }

    @Test func `HEAD counts as GET, and without a method all of a path share the limit`() async throws {
        let rates = try rates(
            limit("gets", "GET /messages/{id}/", 2),
            limit("any", "/attachments/{id}/", 2)
        )
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            let message = "/messages/\(gateway.messageID)/"
            let first = try await gateway.send("HEAD", message)
            #expect(first.status == 200)
            #expect(try await gateway.send("GET", message).status == 200)
            #expect(try await gateway.send("HEAD", message).status == 429)
            // PUT is another route, and has no limit; who may not do it is told so.
            #expect(try await gateway.send("PUT", message, body: Array("{}".utf8)).status == 403)
            let attachment = "/attachments/\(UUID())/"
            #expect(try await gateway.send("GET", attachment).status == 404)
            #expect(try await gateway.send("DELETE", attachment).status == 404)
            #expect(try await gateway.send("GET", attachment).status == 429)
            #expect(try await gateway.send("GET", attachment, as: "bob").status == 404)
        }
    }

    @Test func `a limit by address counts all its users, and one of all the back end as well`() async throws {
        let rates = try rates(
            limit("near", "GET /messages/{id}/", 2, .address),
            limit("wide", "GET /attachments/{id}/", 3, .all)
        )
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            let message = "/messages/\(gateway.messageID)/"
            #expect(try await gateway.send("GET", message, as: "ann").status == 200)
            #expect(try await gateway.send("GET", message, as: "bob").status == 200)
            #expect(try await gateway.send("GET", message, as: "admin").status == 429)
            let served = try await gateway.sendAsService("GET", message)
            #expect(served.status == 200)
            #expect(served.header("RateLimit") == nil)
            let attachment = "/attachments/\(UUID())/"
            // Who shows no token takes nothing from what is everyone's.
            for _ in 0..<4 { #expect(try await gateway.send("GET", attachment, as: nil).status == 401) }
            #expect(try await gateway.send("GET", attachment, as: "ann").status == 404)
            #expect(try await gateway.send("GET", attachment, as: "bob").status == 404)
            let last = try await gateway.sendAsService("GET", attachment)
            #expect(last.status == 404)
            #expect(last.header("RateLimit-Policy") == #""wide";q=3;w=60"#)
            #expect(try await gateway.sendAsService("GET", attachment).status == 429)
            #expect(try await gateway.send("GET", attachment, as: "admin").status == 429)
        }
    }

    @Test func `a route of signed URLs is limited by address`() async throws {
        let rates = try rates(limit("old", "GET /old-objects/{id}/", 2, .address))
        try await GatewayHarness.run(configure: { $0.limits.rates = rates }) { gateway in
            var statuses: [Int] = []
            for method in ["GET", "HEAD", "GET"] {
                statuses.append(try await gateway.send(method, "/old-objects/\(UUID())/", as: nil).status)
            }
            // Without an old place there is nothing there.
            #expect(statuses == [404, 404, 429])
            #expect(try await gateway.send("GET", "/hls/\(UUID())/master.m3u8", as: nil).status == 404)
        }
    }

    @Test func `a limit that is reloaded holds from the next request on`() async throws {
        let isStrict = LiveValue(true)
        let strict = try rates(limit("looks", "GET /messages/{id}/", 1))
        let reloaded = { @Sendable (configuration: inout GatewayConfiguration) in
            guard isStrict.current else { return }
            configuration.limits.rates = strict
        }
        try await GatewayHarness.run(reloaded: reloaded) { gateway in
            let path = "/messages/\(gateway.messageID)/"
            let before = try await gateway.send("GET", path)
            #expect(before.status == 200)
            #expect(before.header("RateLimit-Policy") == nil)
            #expect(await gateway.server.reloadConfiguration())
            let first = try await gateway.send("GET", path)
            #expect(first.status == 200)
            #expect(first.header("RateLimit-Policy") == #""looks";q=1;w=60"#)
            #expect(try await gateway.send("GET", path).status == 429)
            isStrict.replace(false)
            #expect(await gateway.server.reloadConfiguration())
            #expect(try await gateway.send("GET", path).status == 200)
        }
    }
}
