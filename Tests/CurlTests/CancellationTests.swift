import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct CancellationTests {
    @Test func `cancelling a request that waits for its response closes the connection`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            connection.waitForClose()
        } _: { client, server in
            let url = "\(server.url)/x"
            let task = Task { await failure { try await client.send(CurlRequest(method: .get, url: url)) } }
            #expect(await eventually { server.requests.count == 1 })
            #expect(server.openConnectionCount == 1)
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .maybeSent)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `a task cancelled beforehand sends nothing`() async throws {
        try await withServer(script: answering()) { client, server in
            let url = "\(server.url)/x"
            let task = Task {
                try? await Task.sleep(for: .seconds(3600))
                return await failure { try await client.send(CurlRequest(method: .get, url: url)) }
            }
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled)
            #expect(error?.delivery == .neverSent)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a shielded request is answered although its task is cancelled meanwhile`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            connection.stall(for: .milliseconds(300))
            try connection.respond(body: "")
        } _: { client, server in
            let url = "\(server.url)/x"
            let task = Task { try await client.send(CurlRequest(method: .put, url: url), isShielded: true).status }
            #expect(await eventually { server.requests.count == 1 })
            task.cancel()
            let status = try await task.value
            #expect(status == 200)
        }
    }

    @Test func `a shielded request is sent although its task was cancelled beforehand`() async throws {
        try await withServer(script: answering()) { client, server in
            let url = "\(server.url)/x"
            let task = Task {
                try? await Task.sleep(for: .seconds(3600))
                return try await client.send(CurlRequest(method: .put, url: url), isShielded: true).status
            }
            task.cancel()
            let status = try await task.value
            #expect(status == 200)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `cancelling while a body is read closes the connection`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "10")]) + "12345")
            connection.waitForClose()
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            let task = Task { await failure { try await response.body.collect(upTo: 10) } }
            try await Task.sleep(for: .milliseconds(50))
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    /// Sends more than all buffers hold, so that the transfer is paused when it is dropped.
    private static let endless: ScriptedServer.Script = { connection in
        _ = try connection.readRequest()
        try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "\(1 << 40)")]))
        let block = [UInt8](repeating: 1, count: 1 << 20)
        while true {
            try connection.send(block)
        }
    }

    @Test func `dropping a response unread closes the connection`() async throws {
        try await withServer(script: Self.endless) { client, server in
            do {
                let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
                #expect(response.status == 200)
            }
            #expect(await eventually { server.openConnectionCount == 0 })
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `leaving the loop over a body closes the connection`() async throws {
        try await withServer(script: Self.endless) { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            for try await chunk in response.body {
                #expect(chunk.readableBytes > 0)
                break
            }
            #expect(await eventually { server.openConnectionCount == 0 })
            // Still held here: it is the iterator's end that counts.
            #expect(response.status == 200)
        }
    }

    @Test func `discarding a long body closes the connection`() async throws {
        try await withServer(script: Self.endless) { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            await response.body.discard()
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `cancelling a paused upload closes the connection`() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            connection.waitForClose()
        } _: { client, server in
            let url = "\(server.url)/x"
            let request = CurlRequest(method: .put, url: url, body: .stream(count: 9, SilentBody(held: Counter())))
            let task = Task { await failure { try await client.send(request) } }
            #expect(await eventually { server.requests.count == 1 })
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            #expect(await eventually { server.openConnectionCount == 0 })
        }
    }

    @Test func `cancelling an upload whose server does not read lets the feeding task go`() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            connection.stall()
        } _: { client, server in
            let body = RepeatedBuffer(buffer: ByteBuffer(repeating: 1, count: 1 << 20), count: 1 << 20)
            let url = "\(server.url)/x"
            let task = Task {
                await failure {
                    try await client.send(CurlRequest(method: .put, url: url, body: .stream(count: nil, body)))
                }
            }
            _ = try await settled { body.given.value }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            let given = try await settled { body.given.value }
            #expect(given < 1 << 30)
            #expect(await eventually { clientSocketCount(toPort: server.port) == 0 })
        }
    }
}
