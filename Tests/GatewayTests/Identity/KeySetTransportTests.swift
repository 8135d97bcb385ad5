import Foundation
import Logging
import TestSupport
import Testing

@testable import Gateway

/// How a key set comes: over TLS, from a server that `openssl` plays.
struct KeySetTransportTests {
    private let directory: TemporaryDirectory
    private let certificate: String

    init() throws {
        directory = try TemporaryDirectory()
        certificate = directory.file("certificate.pem")
        _ = try OpenSSLKey.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", directory.file("key.pem"), "-out",
            certificate,
        ])
    }

    private func keySet(port: UInt16, authorities: String?) throws -> RemoteKeySet {
        try RemoteKeySet(
            url: "https://localhost:\(port)/jwks.json",
            maxAge: .seconds(600),
            pause: .zero,
            certificateAuthorityFile: authorities,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// Serves the files of the directory until the body has ended.
    private func withServer(_ body: (UInt16) async throws -> Void) async throws {
        let port = try ReservedPort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.currentDirectoryURL = directory.url
        process.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:\(port.number)", "-cert", certificate, "-key",
            directory.file("key.pem"), "-WWW", "-quiet",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.runUnblocked()
        defer {
            process.terminate()
            process.waitUntilGone()
        }
        for _ in 0..<2400 where (try? RawHTTPConnection(port: Int(port.number))) == nil {
            try await Task.sleep(for: .milliseconds(50))
        }
        try await body(port.number)
    }

    @Test func `a server is believed where its authority is trusted, and not else`() async throws {
        let key = try OpenSSLKey(.p256)
        let document = KeySetServer.document([try key.jwk(id: "k")])
        try document.write(toFile: directory.file("jwks.json"), atomically: true, encoding: .utf8)
        try await withServer { port in
            let trusting = try keySet(port: port, authorities: certificate)
            let trusted = await trusting.refreshed()
            #expect(trusted.keys.map(\.id) == ["k"])
            let doubting = try keySet(port: port, authorities: nil)
            let doubted = await doubting.refreshed()
            #expect(doubted.keys.isEmpty)
            do throws(KeySetError) {
                _ = try await doubting.fetchedKeys()
                Issue.record("a certificate that nobody vouches for was taken")
            } catch {
                #expect(error.description.hasPrefix("tls "))
            }
        }
    }
}
