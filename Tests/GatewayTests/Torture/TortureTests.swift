import Attachments
import Curl
import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// The gateway over a storage that fails, and the gateway that is killed: at the end nothing is lost and nothing is left.
///
/// One after the other, for each loads the machine enough. How long they run is in the environment: less than a minute
/// where nothing is said there, `scripts/torture storage` says more.
@Suite(.serialized, .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct TortureTests {
    /// How many uploads the long run through the fault proxy makes; nil, and then it does not run, unless told.
    static let uploadCount = number("SATCHEL_TORTURE_UPLOADS")

    /// How often the gateway is killed.
    static let killCount = number("SATCHEL_TORTURE_KILLS") ?? 3

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Waits until the condition holds, five minutes at most; answers whether it did.
    static func comesTrue(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(300)
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    /// Runs the body against a gateway that reaches a bucket of its own through a fault proxy.
    ///
    /// The ledger looks into the bucket without it, and what clients are given names the storage itself.
    static func withProxiedGateway(
        on server: S3TestServer,
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        decision: @escaping FaultProxy.Decision = { _ in .none },
        _ body: (FaultProxy, GatewayHarness, StorageLedger) async throws -> Void
    ) async throws {
        let storage = try await server.configuration(bucket: try await server.makeBucket())
        let proxy = try FaultProxy(to: storage.endpoint, decision: decision)
        defer { proxy.stop() }
        let settings = { (configuration: inout GatewayConfiguration) in
            configuration.storage = storage
            configuration.storage.publicEndpoint = storage.endpoint
            configuration.storage.endpoint = proxy.endpoint
            configuration.storage.curl.stallTimeout = .seconds(5)
            configuration.attachments.inlineWait = .seconds(5)
            configuration.attachments.limits = SizeLimits(video: 64 << 20, audio: 64 << 20, document: 64 << 20)
        }
        try await GatewayHarness.run(
            configure: { configuration in
                settings(&configuration)
                configure(&configuration)
            },
            { gateway in
                let ledger = StorageLedger(
                    storage: try S3Client(configuration: storage),
                    messageID: gateway.messageID,
                    spoolDirectory: gateway.configuration.attachments.spoolDirectory
                )
                try await body(proxy, gateway, ledger)
                await ledger.storage.shutdown()
            }
        )
    }
}

extension GatewayHarness {
    /// A client of ann's for a whole day.
    func tortureClient() async throws -> TortureClient {
        let token = try await tokens.token(userID: "ann", expiresIn: .seconds(86_400))
        return TortureClient(port: port, token: token, messageID: messageID)
    }
}
