import Foundation
import Gateway
import TestSupport
import Testing

/// The gateway with a certificate, seen by curl and openssl.
@Suite(
    .enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "needs openssl")
)
struct TLSTests {
    /// A certificate of its own making, in files that can be replaced.
    private struct Certificate {
        let directory: TemporaryDirectory
        var files: TLSFiles {
            TLSFiles(certificate: directory.file("certificate.pem"), key: directory.file("key.pem"))
        }

        init() async throws {
            directory = try TemporaryDirectory()
            try await make(name: "first.test")
        }

        func make(name: String, days: Int = 3) async throws {
            let made = try await ForeignProgram.run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "\(days)", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name),DNS:localhost", "-keyout",
                    files.key, "-out", files.certificate,
                ]
            )
            try #require(made.status == 0, "\(made.output)")
        }
    }

    /// The subject that a new connection is shown.
    private func subject(port: Int, options: [String] = []) async throws -> String {
        let command = ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost"] + options
        let shown = try await ForeignProgram.run("/usr/bin/openssl", command).output
        guard let begin = shown.firstRange(of: "-----BEGIN CERTIFICATE"),
            let end = shown.firstRange(of: "-----END CERTIFICATE-----")
        else { return "" }
        let file = try TemporaryDirectory()
        try String(shown[begin.lowerBound..<end.upperBound])
            .write(
                toFile: file.file("c.pem"),
                atomically: true,
                encoding: .utf8
            )
        let arguments = ["x509", "-in", file.file("c.pem"), "-noout", "-subject"]
        return try await ForeignProgram.run("/usr/bin/openssl", arguments).output
    }

    private func curl(_ certificate: Certificate, _ arguments: [String]) async throws -> String {
        try await ForeignProgram.run("/usr/bin/curl", Self.options(certificate) + arguments).output
    }

    private static func options(_ certificate: Certificate) -> [String] {
        ["-sS", "--max-time", "60", "--cacert", certificate.files.certificate, "--noproxy", "*"]
    }

    private func withGateway(
        _ certificate: Certificate,
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        let files = certificate.files
        try await GatewayHarness.run(
            configure: { configuration in
                configuration.listener.tls = files
                configuration.metrics.isEnabled = true
            },
            reloaded: { _ in },
            body
        )
    }

    @Test func `files go up and answers come down over TLS, on one connection`() async throws {
        let certificate = try await Certificate()
        try await withGateway(certificate) { gateway in
            let paper = certificate.directory.file("paper.pdf")
            let bytes = document(byteCount: 6 << 20)
            try Data(bytes).write(to: URL(fileURLWithPath: paper))
            let token = try await gateway.authorization("ann").value
            let base = "https://localhost:\(gateway.port)"
            let answer = try await curl(
                certificate,
                [
                    "-H", "Authorization: \(token)", "-F", "message_id=\(gateway.messageID)", "-F",
                    "file=@\(paper);type=application/pdf", "\(base)/api/chat/upload/",
                    "-w", "\n%{http_code} %{num_connects} %{ssl_verify_result} %{http_version}\n", "--next",
                ] + Self.options(certificate) + ["\(base)/healthz", "-w", "\n%{http_code} %{num_connects}\n"]
            )
            #expect(answer.contains("\n201 1 0 1.1\n"), "\(answer)")
            #expect(answer.hasSuffix("\n200 0\n"), "\(answer)")
            #expect(answer.contains("\"file_size\":\(bytes.count)"))
        }
    }

    @Test func `a refused upload is answered over TLS, also to a client that reads when it has sent all`() async throws
    {
        let certificate = try await Certificate()
        try await withGateway(certificate) { gateway in
            let paper = certificate.directory.file("paper.pdf")
            try Data(document(byteCount: 8 << 20)).write(to: URL(fileURLWithPath: paper))
            let answer = try await curl(
                certificate,
                [
                    "-H", "Expect:", "-F", "file=@\(paper);type=application/pdf",
                    "https://localhost:\(gateway.port)/api/chat/upload/", "-w", "\n%{http_code}\n",
                ]
            )
            #expect(answer.hasSuffix("\n401\n"), "\(answer)")
            #expect(answer.contains("missing_token"))
        }
    }

    @Test(arguments: [(90, .good), (3, .note), (nil, .bad)] as [(Int?, CheckLine.Verdict)])
    func `the check looks at the certificate`(_ days: Int?, _ verdict: CheckLine.Verdict) async throws {
        let certificate = try await Certificate()
        if let days {
            try await certificate.make(name: "checked", days: days)
        } else {
            try Data("no key".utf8).write(to: URL(fileURLWithPath: certificate.files.key))
        }
        let directory = try TemporaryDirectory()
        var configuration = try await GatewayHarness.makeConfiguration(
            directory: directory,
            seaweed: try await SeaweedFS.shared
        )
        configuration.listener.tls = certificate.files
        let line = try #require(
            await Checkup(configuration: configuration).run().first { $0.subject == "certificate" }
        )
        #expect(line.verdict == verdict)
        let names = [certificate.files.certificate, certificate.files.key]
        #expect(names.contains { line.detail.contains($0) })
    }

    @Test func `TLS 1.1 is refused`() async throws {
        let certificate = try await Certificate()
        try await withGateway(certificate) { gateway in
            let old = try await subject(port: gateway.port, options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
            #expect(old == "")
            #expect(try await subject(port: gateway.port, options: ["-tls1_2"]).contains("first.test"))
        }
    }

    @Test func `new files are taken by themselves, and at a reload at once`() async throws {
        let certificate = try await Certificate()
        try await withGateway(certificate) { gateway in
            #expect(try await subject(port: gateway.port).contains("first.test"))
            try await certificate.make(name: "second.test")
            #expect(await gateway.server.reloadConfiguration())
            #expect(try await subject(port: gateway.port).contains("second.test"))
            try await certificate.make(name: "third.test", days: 30)
            let isTaken = try await gateway.eventually { try await subject(port: gateway.port).contains("third.test") }
            #expect(isTaken)
            let page = try await curl(certificate, ["https://localhost:\(gateway.port)/metrics"])
            let end = try #require(MetricsText(page).value("satchel_tls_certificate_expiry_timestamp_seconds"))
            let days = (end - Date().timeIntervalSince1970) / 86_400
            #expect((29...30.1).contains(days))
        }
    }

    @Test func `files that do not belong together change nothing, until both are there`() async throws {
        let certificate = try await Certificate()
        try await withGateway(certificate) { gateway in
            let other = try await Certificate()
            try await other.make(name: "other.test")
            let key = try Data(contentsOf: URL(fileURLWithPath: other.files.key))
            try key.write(to: URL(fileURLWithPath: certificate.files.key))
            let isTaken = await gateway.server.reloadConfiguration()
            #expect(!isTaken)
            #expect(try await subject(port: gateway.port).contains("first.test"))
            let chain = try Data(contentsOf: URL(fileURLWithPath: other.files.certificate))
            try chain.write(to: URL(fileURLWithPath: certificate.files.certificate))
            #expect(await gateway.server.reloadConfiguration())
            #expect(try await subject(port: gateway.port).contains("other.test"))
        }
    }

    @Test(arguments: ["certificate", "key"])
    func `a server with a file that is none does not start, and says which`(file: String) async throws {
        let certificate = try await Certificate()
        let path = file == "key" ? certificate.files.key : certificate.files.certificate
        try "not PEM".write(toFile: path, atomically: true, encoding: .utf8)
        let fault = await #expect(throws: TLSFault.self) {
            try await withGateway(certificate) { _ in }
        }
        #expect(fault?.description.hasPrefix("\(path) holds no") == true)
    }

    @Test func `one file without the other is a fault of the configuration`() async throws {
        let certificate = try await Certificate()
        let source = await ConfigurationSource(
            file: nil,
            overrides: [
                "server.tls.certificateFile=\(certificate.files.certificate)", "s3.endpoint=http://127.0.0.1:9000",
                "s3.bucket=bucket", "s3.accessKeyId=key", "s3.secretAccessKey=secret",
                "auth.secret=a token secret of 32 bytes or more.",
            ],
            environment: [:]
        )
        let faults = await #expect(throws: ConfigurationFaults.self) { _ = try await source.loadGateway() }
        #expect(faults?.faults.map(\.key) == ["server.tls.keyFile"])
    }
}
