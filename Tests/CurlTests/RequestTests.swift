import Curl
import Glibc
import HTTPTypes
import NIOCore
import TestSupport
import Testing

struct RequestTests {
    @Test func `a GET returns status, headers and body`() async throws {
        try await withServer { connection in
            _ = try connection.readRequest()
            try connection.respond(
                status: 203,
                headers: [("ETag", "\"abc\""), ("X-Twice", "1"), ("X-Twice", "2"), ("X-Blank", "  padded\t ")],
                body: "hello"
            )
        } _: { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: "\(server.url)/object"))
            #expect(response.status == 203)
            #expect(response.headers[.eTag] == "\"abc\"")
            let twice = try #require(HTTPField.Name("x-twice"))
            #expect(response.headers[values: twice] == ["1", "2"])
            let blank = try #require(HTTPField.Name("x-blank"))
            #expect(response.headers[blank] == "padded")
            let body = try await response.body.collect(upTo: 100)
            #expect(String(buffer: body) == "hello")
            #expect(server.requests.map(\.method) == ["GET"])
        }
    }

    @Test(arguments: [
        "/a/../b//c%2F+", "/./x", "/%2e%2e/y", "/caf%C3%A9%20%2b", "/a/b/..", "/?", "/k?x=%2f&y=a+b&z", "//double",
        "/~tilde!*'();:@&=$,[]", "/q?a=../..&b=//",
    ])
    func `path and query go on the wire byte for byte`(target: String) async throws {
        try await withServer(script: answering()) { client, server in
            let response = try await client.send(CurlRequest(method: .get, url: server.url + target))
            await response.body.discard()
            #expect(server.requests.map(\.target) == [target])
        }
    }

    @Test func `no header is sent that was not asked for`() async throws {
        try await withServer(CurlConfiguration(userAgent: "tester/1"), script: answering()) { client, server in
            let body = ByteBuffer(repeating: 7, count: 3 << 20)
            let response = try await client.send(
                CurlRequest(method: .put, url: "\(server.url)/x", body: .bytes(body))
            )
            await response.body.discard()
            let names = server.requests.flatMap { request in
                request.head.split(separator: "\r\n").dropFirst()
                    .map { line in
                        line.prefix { $0 != ":" }.lowercased()
                    }
            }
            // In particular: no Expect, Accept-Encoding, Transfer-Encoding or Content-Type.
            #expect(Set(names) == ["host", "user-agent", "accept", "content-length"])
            #expect(server.requests.first?.header("user-agent") == "tester/1")
            #expect(server.requests.first?.header("host") == "127.0.0.1:\(server.port)")
        }
    }

    @Test func `the caller's headers are sent, but for the framing`() async throws {
        try await withServer(script: answering()) { client, server in
            let empty = try #require(HTTPField.Name("x-empty"))
            let request = CurlRequest(
                method: .put,
                url: "\(server.url)/x",
                headers: [
                    .contentType: "text/plain", empty: "", .contentLength: "99", .transferEncoding: "chunked",
                    .userAgent: "mine",
                ],
                body: .bytes(ByteBuffer(string: "abc"))
            )
            try await client.send(request).body.discard()
            let sent = try #require(server.requests.first)
            #expect(sent.header("content-type") == "text/plain")
            #expect(sent.header("x-empty")?.isEmpty == true)
            #expect(sent.header("content-length") == "3")
            #expect(sent.header("transfer-encoding") == nil)
            #expect(sent.header("user-agent") == "mine")
            #expect(sent.body == Array("abc".utf8))
        }
    }

    @Test(arguments: [HTTPRequest.Method.put, .post, .patch])
    func `a method with a body says length 0 when it has none`(method: HTTPRequest.Method) async throws {
        try await withServer(script: answering("done")) { client, server in
            let response = try await client.send(CurlRequest(method: method, url: "\(server.url)/x?uploads"))
            #expect(try await text(response) == "done")
            #expect(server.requests.first?.method == method.rawValue)
            #expect(server.requests.first?.header("content-length") == "0")
        }
    }

    @Test(arguments: [HTTPRequest.Method.put, .post, .delete])
    func `bytes are sent whole whatever the method`(method: HTTPRequest.Method) async throws {
        let content = patternBytes(1_300_001)
        try await withServer(script: answering()) { client, server in
            let response = try await client.send(
                CurlRequest(method: method, url: "\(server.url)/x", body: .bytes(ByteBuffer(bytes: content)))
            )
            await response.body.discard()
            #expect(response.status == 200)
            #expect(server.requests.first?.method == method.rawValue)
            #expect(server.requests.first?.body == content)
        }
    }

    @Test func `a range of a file is sent without moving the file's offset`() async throws {
        let content = patternBytes(2_000_000)
        let file = try OpenFile(content)
        let offset = lseek(file.descriptor, 0, SEEK_CUR)
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.file(descriptor: file.descriptor, offset: 1_000, count: 1_500_000)
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            await response.body.discard()
            #expect(server.requests.first?.header("content-length") == "1500000")
            #expect(server.requests.first?.body == Array(content[1_000..<1_501_000]))
            #expect(lseek(file.descriptor, 0, SEEK_CUR) == offset)
        }
    }

    @Test func `a stream of known length is sent with its length`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.stream(count: 11, stream(["hello", "", " world"]))
            let response = try await client.send(CurlRequest(method: .put, url: "\(server.url)/x", body: body))
            await response.body.discard()
            #expect(server.requests.first?.header("content-length") == "11")
            #expect(server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == "hello world")
        }
    }

    @Test func `a stream of unknown length is sent chunked`() async throws {
        try await withServer(script: answering()) { client, server in
            let body = CurlBody.stream(count: nil, stream(["hello", " world"]))
            let response = try await client.send(CurlRequest(method: .post, url: "\(server.url)/x", body: body))
            await response.body.discard()
            #expect(server.requests.first?.header("transfer-encoding") == "chunked")
            #expect(server.requests.first?.header("content-length") == nil)
            #expect(server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == "hello world")
        }
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "127.0.0.1/x", "http:/x", ""])
    func `a URL of another kind is refused`(url: String) async throws {
        let client = try CurlClient()
        let error = await failure { try await client.send(CurlRequest(method: .get, url: url)) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.delivery == .neverSent)
        await client.shutdown()
    }

    @Test(arguments: ["/a b", "/a\r\nX: y", "/caf\u{E9}", "/a#b", "/a\u{0}b"])
    func `a URL that is not encoded is refused`(target: String) async throws {
        try await withServer(script: answering()) { client, server in
            let error = await failure { try await client.send(CurlRequest(method: .get, url: server.url + target)) }
            #expect(error?.code == .invalidRequest)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a URL with a user name is refused`() async throws {
        try await withServer(script: answering()) { client, server in
            let url = "http://user:word@127.0.0.1:\(server.port)/"
            let error = await failure { try await client.send(CurlRequest(method: .get, url: url)) }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("word") == false)
            #expect(server.requests.isEmpty)
        }
    }
}
