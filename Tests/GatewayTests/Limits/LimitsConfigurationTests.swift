import Attachments
import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The limits as the operator says them.
struct LimitsConfigurationTests {
    private let required = [
        "s3.endpoint=http://storage.example.com:8333", "s3.bucket=chat", "s3.accessKeyId=key",
        "s3.secretAccessKey=secret", "auth.secret=a token secret of 32 bytes or more.",
    ]

    private func load(_ settings: [String], file: String? = nil) async throws -> GatewayConfiguration {
        try await ConfigurationSource(file: file, overrides: settings, environment: [:]).loadGateway()
    }

    private func faults(_ settings: [String]) async throws -> [String] {
        do {
            _ = try await load(required + settings)
            return []
        } catch let error as ConfigurationFaults {
            return error.faults.map(\.description)
        }
    }

    @Test func `what is not said is as in the example`() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let example = root.appendingPathComponent("config/satchel.example.yaml").path
        let (shown, silent) = try await (load([], file: example), load(required))
        #expect(shown.limits == silent.limits)
        #expect(silent.limits == GatewayLimits())
        #expect(UploadLimits(shown.attachments) == UploadLimits(silent.attachments))
        let plain = AttachmentsConfiguration(spoolDirectory: "spool")
        #expect(UploadLimits(silent.attachments) == UploadLimits(plain))
    }

    @Test func `0 says that there is no bound`() async throws {
        let keys = [
            "limits.addressRequestsPerMinute", "limits.userReadsPerMinute", "limits.userWritesPerMinute",
            "limits.userUploadsPerMinute", "limits.userUploadsAtOnce", "server.maxConnectionsPerAddress",
        ]
        let configuration = try await load(required + keys.map { "\($0)=0" })
        #expect(configuration.limits.rates == .none)
        #expect(configuration.limits.connectionsPerAddress == nil)
        #expect(configuration.attachments.uploadsAtOncePerUser == nil)
        #expect(configuration.attachments.quotas.userBytes == nil)
    }

    @Test func `what is not possible is named with its value and what is allowed`() async throws {
        let network = "is no address and no network like 10.0.0.0/8 or fd00::/8, the bits after the prefix zero"
        let found = try await faults(["server.trustedProxies=10.0.0.5/8, ::1,proxy"])
        #expect(
            found == [
                "server.trustedProxies: \"10.0.0.5/8\" \(network)", "server.trustedProxies: \"proxy\" \(network)",
            ]
        )
        #expect(
            try await faults(["server.forwardedHeader=x-real-ip"]) == [
                "server.forwardedHeader: \"x-real-ip\" is not one of x-forwarded-for, forwarded"
            ]
        )
        #expect(
            try await faults(["limits.userQuotaFiles=-1", "limits.minRateWindowSeconds=0"]) == [
                "limits.userQuotaFiles: \"-1\" is not a whole number from 0 to 1000000000",
                "limits.minRateWindowSeconds: \"0\" is not a whole number from 1 to 3600",
            ]
        )
    }
}
