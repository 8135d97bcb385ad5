import Foundation
import TestSupport
import Testing

/// The built program in an environment that names proxies, as those of machines behind a firewall do.
@Suite(
    .enabled(if: GatewayProcess.isAvailable, "the build of all targets brings the satchel program"),
    .timeLimit(.minutes(1))
)
struct ProxyEnvironmentTests {
    // A proxy of the environment may log URLs, which are credentials, and may change what was signed.
    @Test func `the storage is asked directly, whatever proxies the environment names`() async throws {
        let storage = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                try connection.respond(
                    body: """
                        <ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>found</Key><Size>1</Size>\
                        </Contents></ListBucketResult>
                        """
                )
            }
        }
        defer { storage.stop() }
        let proxy = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: 502) }
        }
        defer { proxy.stop() }
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        let settings = [
            "s3.endpoint=\(storage.url)", "s3.bucket=bucket", "s3.accessKeyId=key", "s3.secretAccessKey=secret",
        ]
        let (output, status) = try await ForeignProgram.run(
            "/usr/bin/env",
            ["-u", "no_proxy", "-u", "NO_PROXY"] + names.map { "\($0)=\(proxy.url)" }
                + [GatewayProcess.program, "s3", "ls"] + settings.flatMap { ["--set", $0] }
        )
        #expect(status == 0, "\(output)")
        #expect(output.contains("found"))
        #expect(storage.requests.map(\.method) == ["GET"])
        #expect(storage.requests.first?.target.hasPrefix("/bucket?") == true)
        #expect(proxy.connectionCount == 0)
    }
}
