import Curl
import HTTPTypes
import TestSupport
import Testing

/// Connections that nothing is sent on.
struct ConnectOnlyTests {
    @Test func `a connection is made and closed, and not one byte is sent`() async throws {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond() }
        }
        let client = try CurlClient()
        for _ in 0..<3 { try await client.connect(to: "\(server.url)/events?from=here", timeout: .seconds(10)) }
        // The server takes them when it comes to it.
        for _ in 0..<2400 where server.connectionCount < 3 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(server.connectionCount == 3)
        #expect(server.receivedByteCount == 0)
        // The client is as good as before, and uses a connection of its own.
        let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/page"))
        await response.body.discard()
        #expect(response.status == 200)
        #expect(server.requests.map(\.target) == ["/page"])
        await client.shutdown()
        server.stop()
    }

    @Test func `where nobody listens, or no address is allowed, it fails as a request does`() async throws {
        let port = try ReservedPort()
        let client = try CurlClient()
        let closed = await failure {
            try await client.connect(to: "http://127.0.0.1:\(port.number)/", timeout: .seconds(10))
        }
        #expect(closed?.code == .couldNotConnect)
        let server = try ScriptedServer.start { connection in connection.waitForClose() }
        let careful = try CurlClient(configuration: CurlConfiguration(onlyPublicAddresses: true))
        let refused = await failure { try await careful.connect(to: server.url, timeout: .seconds(10)) }
        #expect(refused?.code == .addressRefused)
        #expect(server.connectionCount == 0)
        let wrong = await failure { try await client.connect(to: "ftp://127.0.0.1/", timeout: .seconds(10)) }
        #expect(wrong?.code == .invalidRequest)
        await client.shutdown()
        await careful.shutdown()
        server.stop()
        withExtendedLifetime(port) {}
    }

    @Test func `a server that does not speak TLS fails the handshake`() async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.read(byteCount: 1)
            try connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let client = try CurlClient()
        let error = await failure {
            try await client.connect(to: "https://127.0.0.1:\(server.port)/", timeout: .seconds(10))
        }
        #expect(error?.code == .tlsHandshake)
        await client.shutdown()
        server.stop()
    }
}
