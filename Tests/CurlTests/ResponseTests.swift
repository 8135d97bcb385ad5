import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

struct ResponseTests {
    @Test func `a HEAD has headers and no body`() async throws {
        try await withServer { connection in
            while let request = try connection.readRequest() {
                let head = ScriptedConnection.head(status: 200, headers: [("Content-Length", "5")])
                try connection.send(request.method == "HEAD" ? head : head + "later")
            }
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .head, url: "\(server.url)/x"))
            #expect(response.headers[.contentLength] == "5")
            #expect(try await response.body.collect(upTo: 10).readableBytes == 0)
            let next = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(try await text(next) == "later")
            #expect(server.connectionCount == 1)
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is a response like any other`(status: Int) async throws {
        try await withServer { connection in
            while try connection.readRequest() != nil {
                try connection.respond(status: status, headers: [("Location", "/elsewhere")], body: "moved")
            }
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(response.status == status)
            #expect(response.headers[.location] == "/elsewhere")
            #expect(try await text(response) == "moved")
            #expect(server.requests.map(\.target) == ["/x"])
        }
    }

    @Test func `interim responses are passed over`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 100, headers: []))
            try connection.send(ScriptedConnection.head(status: 103, headers: [("X-Early", "1")]))
            try connection.respond(headers: [("X-Final", "1")], body: "ok")
        } _: { client, server in
            let body = CurlBody.bytes(ByteBuffer(string: "abc"))
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            #expect(response.status == 200)
            #expect(response.headers.map { $0.name.canonicalName } == ["x-final", "content-length"])
            #expect(try await text(response) == "ok")
        }
    }

    @Test func `a chunked body is decoded and its trailers dropped`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: [("Transfer-Encoding", "chunked")]))
            try connection.drip(
                Array("5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n".utf8),
                chunkByteCount: 3,
                every: .milliseconds(2)
            )
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(try await text(response) == "hello world")
            #expect(response.headers.count == 1)
        }
    }

    @Test func `a body without length ends with the connection`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.send(ScriptedConnection.head(status: 200, headers: []) + "until the end")
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(try await text(response) == "until the end")
        }
    }

    @Test func `collect refuses a body that is too large`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.respond(body: "12345678901")
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            let error = await failure { try await response.body.collect(upTo: 10) }
            #expect(error?.code == .bodyTooLarge)
        }
    }

    @Test func `a body can be read only once`() async throws {
        try await withServer(script: answering("once")) { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/x"))
            #expect(try await text(response) == "once")
            let error = await failure { try await response.body.collect(upTo: 10) }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test(arguments: [true, false])
    func `a refusal that comes before the body was read is delivered`(closes: Bool) async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            let headers = closes ? [("Connection", "close")] : []
            try connection.respond(status: 403, headers: headers, body: "no")
            connection.stall()
        } _: { client, server in
            // Large enough not to fit into the buffers of the kernel.
            let body = CurlBody.bytes(ByteBuffer(repeating: 1, count: 32 << 20))
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            #expect(response.status == 403)
            #expect(try await text(response) == "no")
        }
    }

    @Test(arguments: [true, false])
    func `a refusal is delivered while the upload stream has nothing to give`(closes: Bool) async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            let headers = closes ? [("Connection", "close")] : []
            try connection.respond(status: 400, headers: headers, body: "no")
            connection.stall()
        } _: { client, server in
            let body = CurlBody.stream(count: 1000, SilentBody(held: Counter()))
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            #expect(response.status == 400)
            #expect(try await text(response) == "no")
        }
    }
}
