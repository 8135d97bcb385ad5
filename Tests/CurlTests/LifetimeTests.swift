import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LifetimeTests {
    @Test func `aborted requests leave no socket, no descriptor and no stream behind`() async throws {
        let file = try OpenFile(patternBytes(4 << 20))
        try await withServer { connection in
            _ = try connection.readHead()
            connection.waitForClose()
        } _: { client, server in
            let url = "\(server.url)/x"
            let held = WeakCounters()
            // The last is a stream: nothing comes after it that would make the loop let go of what it holds.
            for round in 0..<59 {
                let task = Task {
                    let silent = SilentBody(held: held.make())
                    let body: CurlBody =
                        switch round % 3 {
                        case 0: .file(descriptor: file.descriptor, offset: 0, count: 4 << 20)
                        case 1: .stream(count: nil, silent)
                        default: .none
                        }
                    return await failure {
                        try await client.send(CurlRequest(method: .put, url: url, body: body))
                    }
                }
                #expect(await eventually { server.requests.count == round + 1 })
                task.cancel()
                #expect(await task.value?.code == .cancelled)
            }
            #expect(await eventually { clientSocketCount(toPort: server.port) == 0 })
            #expect(await eventually { server.openConnectionCount == 0 })
            #expect(await eventually { held.livingCount == 0 })
            #expect(duplicateCount(of: file.descriptor) == 1)
        }
    }

    @Test func `idle connections are closed with the client`() async throws {
        try await withServer(script: answering()) { client, server in
            try await client.send(CurlRequest(method: .get, url: "\(server.url)/x")).body.discard()
            #expect(clientSocketCount(toPort: server.port) == 1)
            await client.shutdown()
            #expect(clientSocketCount(toPort: server.port) == 0)
        }
    }

    @Test func `a request after shutdown fails as closed`() async throws {
        try await withServer(script: answering()) { client, server in
            await client.shutdown()
            let error = await failure { try await client.send(CurlRequest(method: .get, url: "\(server.url)/x")) }
            #expect(error?.code == .closed)
            #expect(error?.delivery == .neverSent)
            await client.shutdown()
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `shutdown fails what is under way`() async throws {
        try await withServer { connection in
            guard let request = try connection.readRequest() else { return }
            if request.target == "/body" {
                try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "9")]))
            }
            connection.waitForClose()
        } _: { client, server in
            let url = server.url
            async let waiting = failure { try await client.send(CurlRequest(method: .get, url: "\(url)/head")) }
            let response = try await client.send(CurlRequest(method: .get, url: "\(url)/body"))
            #expect(await eventually { server.requests.count == 2 })
            await client.shutdown()
            let error = await waiting
            #expect(error?.code == .closed)
            #expect(error?.delivery == .maybeSent)
            let bodyError = await failure { try await response.body.collect(upTo: 10) }
            #expect(bodyError?.code == .closed)
        }
    }

    @Test func `a client that goes ends its thread and its transfers`() async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "9")]))
            connection.waitForClose()
        }
        defer { server.stop() }
        let response: CurlResponse
        do {
            let client = try CurlClient()
            response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
        }
        let error = await failure { try await response.body.collect(upTo: 10) }
        #expect(error?.code == .closed)
        #expect(await eventually { clientSocketCount(toPort: server.port) == 0 })
    }
}
