import S3
import TestSupport
import Testing

/// The built program: what `satchel sweep --plan` says of what it holds back.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .timeLimit(.minutes(3))
)
struct SweepCommandTests {
    @Test func `what is held back is told with the bound that holds for it`() async throws {
        try await GatewayHarness.run { gateway in
            let trial = ".satchel-check/0190a1b2/parts"
            _ = try await gateway.storage.createMultipartUpload(key: trial, contentType: "text/plain")
            let one = try await gateway.satchel("sweep", "--plan", "--older-than", "0s")
            #expect(one.status == 0, "\(one.output)")
            #expect(
                one.output.contains(
                    "trial_object: 0 found, 1 held back (younger than 3600 s, or of unknown age)"
                )
            )
            let own = "attachments/2025/01/15/0190a1b2-0000-7000-8000-000000000000.original"
            _ = try await gateway.storage.createMultipartUpload(key: own, contentType: "text/plain")
            let both = try await gateway.satchel("sweep", "--plan", "--older-than", "20m")
            for line in [
                "open_upload: 0 found, 1 held back (younger than 1200 s, or of unknown age)",
                "trial_object: 0 found, 1 held back (younger than 3600 s, or of unknown age)",
            ] {
                #expect(both.output.contains(line))
            }
        }
    }
}
