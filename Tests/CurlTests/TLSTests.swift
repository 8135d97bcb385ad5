import Curl
import Foundation
import HTTPTypes
import NIOCore
import TestSupport
import Testing

/// A TLS server of the openssl command, with a certificate of its own making for `localhost`.
private final class OpenSSLServer {
    static let path = "/usr/bin/openssl"

    let certificateFile: String
    let port: UInt16
    private let process = Process()
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("curl-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificateFile = folder.appendingPathComponent("certificate.pem").path
        let keyFile = folder.appendingPathComponent("key.pem").path
        let making = Process()
        making.executableURL = URL(fileURLWithPath: Self.path)
        making.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", keyFile,
            "-out", certificateFile,
        ]
        making.standardError = FileHandle.nullDevice
        try making.run()
        making.waitUntilExit()
        try #require(making.terminationStatus == 0)

        // Port 0: openssl tells on its output which one it got, as "ACCEPT 127.0.0.1:12345".
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-cert", certificateFile, "-key", keyFile, "-www",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.runUnblocked()
        var said = ""
        while said.last != "\n" || !said.contains("ACCEPT") {
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty)
            said += String(decoding: bytes, as: UTF8.self)
        }
        let digits = said.split(separator: ":").last?.filter(\.isNumber) ?? ""
        port = try #require(UInt16(digits))
    }

    deinit {
        process.terminate()
        process.waitUntilGone()
        try? FileManager.default.removeItem(at: folder)
    }
}

@Suite(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "needs the openssl command"),
    .timeLimit(.minutes(1))
)
struct TLSTests {
    private func send(_ server: OpenSSLServer, host: String, _ configuration: CurlConfiguration) async throws -> Int {
        let client = try CurlClient(configuration: configuration)
        do {
            let request = CurlRequest(method: .get, url: "https://\(host):\(server.port)/")
            let response = try await client.send(request)
            await response.body.discard()
            await client.shutdown()
            return response.status
        } catch {
            await client.shutdown()
            throw error
        }
    }

    @Test func `a certificate of an unknown authority is refused before anything is sent`() async throws {
        let server = try OpenSSLServer()
        let error = await failure { try await send(server, host: "localhost", CurlConfiguration()) }
        #expect(error?.code == .tls)
        #expect(error?.delivery == .neverSent)
    }

    @Test func `a certificate of a named authority is accepted`() async throws {
        let server = try OpenSSLServer()
        let configuration = CurlConfiguration(certificateAuthorityFile: server.certificateFile)
        #expect(try await send(server, host: "localhost", configuration) == 200)
    }

    @Test func `a certificate for another name is refused`() async throws {
        let server = try OpenSSLServer()
        let configuration = CurlConfiguration(certificateAuthorityFile: server.certificateFile)
        let error = await failure { try await send(server, host: "127.0.0.1", configuration) }
        #expect(error?.code == .tls)
        #expect(error?.delivery == .neverSent)
    }

    @Test func `a later connection resumes the session of an earlier one`() async throws {
        let server = try OpenSSLServer()
        let client = try CurlClient(configuration: CurlConfiguration(certificateAuthorityFile: server.certificateFile))
        var pages: [String] = []
        for _ in 0..<2 {
            // The server closes after each answer, and says on its page how the session came about.
            let request = CurlRequest(method: .get, url: "https://localhost:\(server.port)/")
            let body = try await client.send(request).body.collect(upTo: 1 << 20)
            pages.append(String(buffer: body))
        }
        await client.shutdown()
        #expect(pages[0].contains("New, TLS"))
        #expect(pages[1].contains("Reused, TLS"))
    }

    @Test func `a connection that nothing is sent on has its certificate checked all the same`() async throws {
        let server = try OpenSSLServer()
        let url = "https://localhost:\(server.port)/"
        let trusting = try CurlClient(
            configuration: CurlConfiguration(certificateAuthorityFile: server.certificateFile)
        )
        try await trusting.connect(to: url, timeout: .seconds(10))
        await trusting.shutdown()
        let client = try CurlClient()
        let error = await failure { try await client.connect(to: url, timeout: .seconds(10)) }
        #expect(error?.code == .tls)
        await client.shutdown()
    }

    @Test func `verification can be switched off`() async throws {
        let server = try OpenSSLServer()
        #expect(try await send(server, host: "127.0.0.1", CurlConfiguration(verifiesTLS: false)) == 200)
    }
}
