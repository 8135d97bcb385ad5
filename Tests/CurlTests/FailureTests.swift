import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct FailureTests {
    private struct StreamFailure: Error {}

    @Test func `a refused connection was never sent`() async throws {
        let server = try ScriptedServer.start(answering())
        server.stop()
        let client = try CurlClient()
        let body = CurlBody.bytes(ByteBuffer(string: "abc"))
        let error = await failure {
            try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
        }
        #expect(error?.code == .couldNotConnect)
        #expect(error?.delivery == .neverSent)
        #expect(error?.curlCode == 7)
        await client.shutdown()
    }

    @Test func `a name that does not resolve was never sent`() async throws {
        let client = try CurlClient(configuration: CurlConfiguration(connectTimeout: .seconds(3)))
        let error = await failure {
            try await client.send(CurlRequest(method: .get, url: "http://no-such-host.invalid/x?secret=1"))
        }
        // Where there is no name server at all the answer may be a timeout.
        #expect(error.map { [.couldNotResolve, .connectTimeout].contains($0.code) } == true)
        #expect(error?.delivery == .neverSent)
        #expect(error?.message.contains("secret") == false)
        await client.shutdown()
    }

    @Test func `a failed TLS handshake was never sent`() async throws {
        try await withServer { connection in
            try connection.send("this is not TLS\r\n")
            connection.waitForClose()
        } _: { client, server in
            let url = "https://127.0.0.1:\(server.port)/x"
            let error = await failure { try await client.send(CurlRequest(method: .get, url: url)) }
            #expect(error?.code == .tlsHandshake)
            #expect(error?.delivery == .neverSent)
        }
    }

    @Test func `a server that accepts and says nothing in TLS is a connect timeout`() async throws {
        try await withServer(CurlConfiguration(connectTimeout: .milliseconds(300))) { connection in
            connection.waitForClose()
        } _: { client, server in
            let url = "https://127.0.0.1:\(server.port)/x"
            let error = await failure { try await client.send(CurlRequest(method: .get, url: url)) }
            #expect(error?.code == .connectTimeout)
            #expect(error?.delivery == .neverSent)
        }
    }

    @Test func `a request may be given more time to be silent than others`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1))) { connection in
            while try connection.readRequest() != nil {
                connection.stall(for: .seconds(9))
                try connection.respond(body: "late")
            }
        } _: { client, server in
            let request = CurlRequest(method: .get, url: "\(server.url)/x", stallTimeout: .seconds(60))
            let response = try await client.send(request)
            #expect(try await text(response) == "late")
        }
    }

    @Test func `a reset after the request may have been sent`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            connection.reset()
        } _: { client, server in
            let body = CurlBody.bytes(ByteBuffer(string: "abc"))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .maybeSent)
            // A new connection that dies is not tried again: only a kept one is.
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a close without an answer is a lost connection`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
        } _: { client, server in
            let error = await failure { try await client.send(CurlRequest(method: .get, url: "\(server.url)/x")) }
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .maybeSent)
        }
    }

    @Test(arguments: [
        ("Content-Length", "10", "12345"), ("Transfer-Encoding", "chunked", "a\r\n12345"),
        ("Transfer-Encoding", "chunked", "5\r\n12345\r\n"),
    ])
    func `a body cut short delivers what came and then fails`(name: String, value: String, sent: String) async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [(name, value)]) + sent)
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(response.status == 200)
            var received = ByteBuffer()
            let error = await failure {
                for try await var chunk in response.body {
                    received.writeBuffer(&chunk)
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .maybeSent)
            #expect(String(buffer: received) == "12345")
        }
    }

    @Test func `what is not HTTP is a protocol violation`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send("220 mail.example ready\r\n")
        } _: { client, server in
            let error = await failure { try await client.send(CurlRequest(method: .get, url: "\(server.url)/x")) }
            #expect(error?.code == .protocolViolation)
            #expect(error?.delivery == .maybeSent)
        }
    }

    @Test func `a server that stops answering stalls`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1))) { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        } _: { client, server in
            let error = await failure { try await client.send(CurlRequest(method: .get, url: "\(server.url)/x")) }
            #expect(error?.code == .stalled)
            #expect(error?.delivery == .maybeSent)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `a body that stops in the middle stalls`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1))) { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "10")]) + "12345")
            connection.waitForClose()
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            let error = await failure { try await response.body.collect(upTo: 10) }
            #expect(error?.code == .stalled)
        }
    }

    @Test func `a server that stops reading stalls`() async throws {
        try await withServer(CurlConfiguration(stallTimeout: .seconds(1))) { connection in
            _ = try connection.readHead()
            connection.stall()
        } _: { client, server in
            let body = CurlBody.bytes(ByteBuffer(repeating: 1, count: 64 << 20))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .stalled)
            #expect(error?.delivery == .maybeSent)
        }
    }

    @Test func `a transfer that moves but never ends meets its total limit`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "100000")]))
            let drops = [UInt8](repeating: 1, count: 100_000)
            try connection.drip(drops, chunkByteCount: 10, every: .milliseconds(10))
        } _: { client, server in
            let response = try await client.send(
                CurlRequest(method: .get, url: "\(server.url)/x", totalTimeout: .milliseconds(500))
            )
            let error = await failure { try await response.body.collect(upTo: 100_000) }
            #expect(error?.code == .totalTimeout)
            #expect(error?.delivery == .maybeSent)
        }
    }

    @Test func `the total limit counts while a request waits for a connection`() async throws {
        let configuration = CurlConfiguration(totalTimeout: .milliseconds(500), maxConnectionsPerHost: 1)
        try await withServer(configuration) { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        } _: { client, server in
            let url = "\(server.url)/x"
            async let first = failure {
                try await client.send(CurlRequest(method: .get, url: url, totalTimeout: .seconds(60)))
            }
            #expect(await eventually { server.requests.count == 1 })
            let error = await failure { try await client.send(CurlRequest(method: .get, url: url)) }
            #expect(error?.code == .totalTimeout)
            #expect(error?.delivery == .neverSent)
            #expect(server.connectionCount == 1)
            await client.shutdown()
            #expect(await first?.code == .closed)
        }
    }

    @Test func `a file shorter than declared is a failed body`() async throws {
        let file = try OpenFile(patternBytes(100_000))
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.file(descriptor: file.descriptor, offset: 0, count: 100_001)
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .bodyReadFailed)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `a descriptor that is not open is a failed body`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.file(descriptor: 1_000_000, offset: 0, count: 1)
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .bodyReadFailed)
            #expect(error?.delivery == .neverSent)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a stream that fails is a failed body and ends the connection`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.stream(count: 100, stream(["begun"], failingWith: StreamFailure()))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .bodyReadFailed)
            #expect(error?.message.contains("StreamFailure") == true)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `a stream that ends too soon is a failed body`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.stream(count: 100, stream(["short"]))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .bodyReadFailed)
        }
    }

    @Test func `a stream that gives too much is a failed body`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.stream(count: 5, stream(["123456"]))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .bodyReadFailed)
            #expect(server.requests.allSatisfy { $0.body.isEmpty })
        }
    }

    @Test func `a HEAD with a body is refused`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.bytes(ByteBuffer(string: "abc"))
            let error = await failure {
                try await client.send(CurlRequest(method: .head, url: "\(server.url)/x", body: body))
            }
            #expect(error?.code == .invalidRequest)
            #expect(server.connectionCount == 0)
        }
    }
}
