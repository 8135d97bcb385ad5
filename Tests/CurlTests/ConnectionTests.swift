import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test func `requests one after the other share a connection`() async throws {
        try await withServer(script: answering("ok")) { client, server in
            for _ in 0..<5 {
                let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
                #expect(try await text(response) == "ok")
            }
            #expect(server.requests.count == 5)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `nothing of one request is left in the next`() async throws {
        try await withServer(script: answering()) { client, server in
            let put = CurlRequest(
                method: .put,
                url: "\(server.url)/first",
                headers: [.contentType: "text/plain"],
                body: .bytes(ByteBuffer(string: "abc"))
            )
            try await client.send(put).body.discard()
            try await client.send(CurlRequest(method: .head, url: "\(server.url)/second")).body.discard()
            try await client.send(CurlRequest(method: .get, url: "\(server.url)/third")).body.discard()
            #expect(server.requests.map(\.method) == ["PUT", "HEAD", "GET"])
            let last = try #require(server.requests.last)
            #expect(last.header("content-type") == nil)
            #expect(last.header("content-length") == nil)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `a discarded short body leaves the connection usable`() async throws {
        try await withServer(script: answering(String(repeating: "x", count: 10_000))) { client, server in
            for _ in 0..<3 {
                let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
                await response.body.discard()
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func `two hundred requests at once are all answered over few connections`() async throws {
        try await withServer(CurlConfiguration(maxConnectionsPerHost: 16)) { connection in
            while let request = try connection.readRequest() {
                connection.stall(for: .milliseconds(2))
                try connection.respond(headers: [("X-Target", request.target)], body: request.body)
            }
        } _: { client, server in
            let url = server.url
            let echoed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let content = "content of \(number)"
                        let body = CurlBody.bytes(ByteBuffer(string: content))
                        let response = try await client.send(
                            CurlRequest(method: .put, url: "\(url)/\(number)", body: body)
                        )
                        return try await text(response) == content
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(echoed.count == 200)
            #expect(echoed.allSatisfy { $0 })
            #expect(Set(server.requests.map(\.target)).count == 200)
            #expect(server.connectionCount <= 16)
        }
    }

    /// Answers the first request, and takes the second on the same connection whole without an answer: the client sees
    /// a kept connection die, and cannot tell that from one that was dead already.
    private static let dyingAfterOne: ScriptedServer.Script = { connection in
        _ = try connection.readRequest()
        try connection.respond()
        guard connection.number == 0 else { return }
        _ = try connection.readRequest()
    }

    @Test func `a body of bytes is sent again when a kept connection is dead`() async throws {
        let content = patternBytes(900_000)
        try await withServer(script: Self.dyingAfterOne) { client, server in
            try await client.send(CurlRequest(method: .get, url: "\(server.url)/first")).body.discard()
            let body = CurlBody.bytes(ByteBuffer(bytes: content))
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/second", body: body))
            #expect(response.status == 200)
            #expect(server.requests.map(\.connectionNumber) == [0, 0, 1])
            #expect(server.requests.last?.body == content)
        }
    }

    @Test func `a file is sent again when a kept connection is dead`() async throws {
        let content = patternBytes(900_000)
        let file = try OpenFile(content)
        try await withServer(script: Self.dyingAfterOne) { client, server in
            try await client.send(CurlRequest(method: .get, url: "\(server.url)/first")).body.discard()
            let body = CurlBody.file(descriptor: file.descriptor, offset: 7, count: 899_993)
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/second", body: body))
            #expect(response.status == 200)
            #expect(server.requests.last?.body == Array(content[7...]))
        }
    }

    @Test func `a stream cannot be sent again`() async throws {
        try await withServer(script: Self.dyingAfterOne) { client, server in
            try await client.send(CurlRequest(method: .get, url: "\(server.url)/first")).body.discard()
            let body = CurlBody.stream(count: 5, stream(["hello"]))
            let error = await failure {
                try await client.send(CurlRequest(method: .put, url: "\(server.url)/second", body: body))
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.delivery == .maybeSent)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a connection closed while idle is not used`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.respond()
        } _: { client, server in
            for _ in 0..<3 {
                let response = try await client.send(
                    CurlRequest(method: .put, url: "\(server.url)/x", body: .stream(count: 2, stream(["ok"])))
                )
                await response.body.discard()
                #expect(await eventually { server.openConnectionCount == 0 })
            }
            #expect(server.connectionCount == 3)
        }
    }
}
