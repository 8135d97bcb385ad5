import Attachments
import Foundation
import Gateway
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ReloadTests {
    /// Why a configuration cannot be read.
    private struct Unreadable: Error {}

    private static func upload(_ byteCount: Int, to gateway: GatewayHarness) async throws -> RawHTTPResponse {
        try await gateway.post(gateway.form(document(byteCount: byteCount)))
    }

    @Test func `limits and keys of a new configuration hold at once, and the old ones no more`() async throws {
        let secret = "another secret of the tests, long enough"
        try await GatewayHarness.run(reloaded: { configuration in
            configuration.attachments.limits.document = 5_000
            configuration.tokens.secret = secret
        }) { gateway in
            #expect(try await Self.upload(6_000, to: gateway).status == 201)
            let old = try await gateway.authorization("ann")
            #expect(await gateway.server.reloadConfiguration())
            let refused = try await RawHTTPRequest(
                "GET",
                "/api/chat/messages/\(gateway.messageID)/",
                headers: [old]
            )
            .send(port: gateway.port)
            #expect(refused.status == 401)
            let issuer = await TokenIssuer(configuration: TokenConfiguration(secret: secret))
            let token = try await issuer.token(userID: "ann", isService: false, expiresIn: .seconds(60))
            let new = (name: "Authorization", value: "Bearer \(token)")
            for (byteCount, status) in [(5_000, 201), (5_001, 413)] {
                let form = gateway.form(document(byteCount: byteCount))
                let response = try await RawHTTPRequest(
                    "POST",
                    "/api/chat/upload/",
                    headers: [new, (name: "Content-Type", value: form.contentType)],
                    body: form.body
                )
                .send(port: gateway.port)
                #expect(response.status == status, "\(byteCount)")
            }
        }
    }

    @Test func `what cannot be in force without a restart is no success, and the rest of it is as before`() async throws
    {
        try await GatewayHarness.run(reloaded: { $0.tokens.keySetURL = "https://issuer.example.com/keys" }) { gateway in
            let isWhole = await gateway.server.reloadConfiguration()
            #expect(!isWhole)
            let response = try await Self.upload(6_000, to: gateway)
            #expect(response.status == 201)
        }
    }

    @Test(arguments: [(before: Int64(1) << 20, after: Int64(4) << 20), (before: 4 << 20, after: 1 << 20)])
    func `the spool's quota is the new one for what comes then, and the metrics tell it`(
        before: Int64,
        after: Int64
    ) async throws {
        try await GatewayHarness.run(
            configure: {
                $0.attachments.spoolQuotaBytes = before
                $0.metrics.isEnabled = true
            },
            reloaded: { $0.attachments.spoolQuotaBytes = after }
        ) { gateway in
            for quota in [before, after] {
                let response = try await Self.upload(2 << 20, to: gateway)
                // Two megabytes have room in four, and none in one.
                #expect(response.status == (quota == 4 << 20 ? 201 : 503), "\(quota)")
                #expect(response.code == (quota == 4 << 20 ? nil : "spool_full"), "\(quota)")
                let page = try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port)
                #expect(MetricsText(page.text).value("satchel_spool_quota_bytes") == Double(quota))
                #expect(await gateway.server.reloadConfiguration())
            }
        }
    }

    @Test func `a configuration that cannot be read changes nothing`() async throws {
        try await GatewayHarness.run(
            configure: { $0.metrics.isEnabled = true },
            reloaded: { _ in throw Unreadable() }
        ) { gateway in
            let isTaken = await gateway.server.reloadConfiguration()
            #expect(!isTaken)
            #expect(try await Self.upload(6_000, to: gateway).status == 201)
            let page = try await RawHTTPRequest("GET", "/metrics").send(port: gateway.port)
            let metrics = MetricsText(page.text)
            #expect(metrics.value("satchel_reloads_total", ["outcome": "failure"]) == 1)
            #expect(metrics.value("satchel_reloads_total", ["outcome": "success"]) == 0)
        }
    }

    @Test func `reloads run one after the other`() async throws {
        let running = Mutex((now: 0, most: 0, count: 0))
        try await GatewayHarness.run(reloaded: { _ in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
                running.count += 1
            }
            usleep(20_000)
            running.withLock { $0.now -= 1 }
        }) { gateway in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { await gateway.server.reloadConfiguration() } }
            }
            let (most, count) = running.withLock { ($0.most, $0.count) }
            #expect(most == 1)
            #expect(count == 5)
        }
    }
}
