import Foundation
import S3
import TestSupport
import Testing

/// The proxy that the other tests of this folder trust.
struct FaultProxyTests {
    private static let content = Array("0123456789".utf8)
    private static let document =
        "<?xml version=\"1.0\"?><Answer><Word>first</Word><Word>second</Word><Word>third</Word></Answer>"

    /// The answer to a PUT through a proxy that does this to it, nil where none came; and what reached the server.
    private func put(_ fault: Fault) async throws -> (answer: RawHTTPResponse?, requests: [RecordedRequest]) {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil {
                try connection.respond(headers: [("Content-Type", "application/xml")], body: Self.document)
            }
        }
        defer { server.stop() }
        let proxy = try FaultProxy(to: try S3Endpoint(parsing: server.url)) { _ in fault }
        defer { proxy.stop() }
        let answer = try? await RawHTTPRequest("PUT", "/bucket/key", body: Self.content).send(port: proxy.port)
        #expect(proxy.counts.requestCount == 1)
        return (answer: answer, requests: server.requests)
    }

    @Test func `without a fault request and answer pass as they are`() async throws {
        let (answer, requests) = try await put(.none)
        #expect(answer?.status == 200)
        #expect(answer?.text == Self.document)
        let request = try #require(requests.first)
        #expect(request.head == "PUT /bucket/key HTTP/1.1\r\nHost: satchel.test\r\nContent-Length: 10")
        #expect(request.body == Self.content)
    }

    @Test func `a slow answer is whole`() async throws {
        let (answer, requests) = try await put(.drip(byteCount: 9, pause: .milliseconds(1)))
        #expect(answer?.text == Self.document)
        #expect(requests.count == 1)
    }

    @Test(arguments: [Fault.refuse, .loseReply, .resetRequest(afterBytes: 4), .resetResponse(afterBytes: 30)])
    func `a connection that is reset brings no answer`(fault: Fault) async throws {
        let (answer, requests) = try await put(fault)
        #expect(answer == nil)
        let whole = requests.filter { $0.body == Self.content }
        switch fault {
        case .loseReply, .resetResponse: #expect(whole.count == 1)
        default: #expect(whole.isEmpty)
        }
    }

    @Test func `the proxy's own answers do not reach the server`() async throws {
        for fault in [
            Fault.status(503, code: "SlowDown", retryAfter: 7), .status(500, code: "InternalError", readsBody: false),
            .errorInside200, .emptyBody200,
        ] {
            let (answer, requests) = try await put(fault)
            let response = try #require(answer, "\(fault.name)")
            #expect(requests.isEmpty)
            switch fault {
            case .status(let status, let code, let retryAfter, _):
                #expect(response.status == status)
                #expect(response.text.contains("<Code>\(code)</Code>"))
                #expect(response.header("Retry-After") == retryAfter.map { "\($0)" })
            case .errorInside200:
                #expect(response.status == 200)
                #expect(response.text.contains("<Code>InternalError</Code>"))
            default:
                #expect(response.status == 200)
                #expect(response.body == [])
            }
        }
    }

    @Test func `a document is cut off, or spoiled, in an answer that is whole`() async throws {
        let truncated = try await put(.truncateResponse)
        #expect(truncated.answer?.status == 200)
        #expect(truncated.answer?.text == String(Self.document.prefix(Self.document.count / 2)))
        let garbled = try await put(.garbleResponse)
        #expect(garbled.answer?.status == 200)
        #expect(garbled.answer?.body.count == Self.document.utf8.count)
        #expect(garbled.answer?.text != Self.document)
    }

    @Test func `a request is given to the server twice, and answered once`() async throws {
        let (answer, requests) = try await put(.duplicateReply)
        #expect(answer?.text == Self.document)
        #expect(requests.map(\.body) == [Self.content, Self.content])
    }

    @Test func `the second of two has a connection of its own where the server says that it closes`() async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.readRequest()
            try connection.respond(headers: [("Connection", "close")], body: "done")
            connection.waitForClose()
        }
        defer { server.stop() }
        let proxy = try FaultProxy(to: try S3Endpoint(parsing: server.url)) { _ in .duplicateReply }
        defer { proxy.stop() }
        let answer = try await RawHTTPRequest("PUT", "/bucket/key", body: Self.content).send(port: proxy.port)
        #expect(answer.text == "done")
        #expect(server.requests.map(\.body) == [Self.content, Self.content])
        #expect(server.connectionCount == 2)
    }

    @Test func `one bit of the body is another`() async throws {
        let (answer, requests) = try await put(.flipRequestByte(at: 3))
        #expect(answer?.status == 200)
        #expect(requests.map(\.body) == [Array("0122456789".utf8)])
    }

    @Test func `a stalled connection says nothing until the client gives up`() async throws {
        let server = try ScriptedServer.start { _ in }
        defer { server.stop() }
        let proxy = try FaultProxy(to: try S3Endpoint(parsing: server.url)) { _ in .stall }
        defer { proxy.stop() }
        let connection = try RawHTTPConnection(port: proxy.port)
        try await connection.send(RawHTTPRequest("GET", "/bucket").bytes)
        let isAnswered = try await connection.hasBytes(within: .milliseconds(500))
        #expect(!isAnswered)
        try await connection.close()
        #expect(server.connectionCount == 0)
    }

    @Test func `chunks pass both ways, over one connection on each side`() async throws {
        let server = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                try connection.send("\(String(request.body.count, radix: 16))\r\n")
                try connection.send(request.body)
                try connection.send("\r\n0\r\n\r\n")
            }
        }
        defer { server.stop() }
        let proxy = try FaultProxy(to: try S3Endpoint(parsing: server.url))
        defer { proxy.stop() }
        let connection = try RawHTTPConnection(port: proxy.port)
        for _ in 0..<2 {
            try await connection.send(
                "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
            )
            #expect(try await connection.readResponse().text == "hello world")
        }
        try await connection.close()
        #expect(server.connectionCount == 1)
        #expect(proxy.counts.operations == ["PutObject": 2])
    }

    @Test func `the proxy is taken down and brought back on its port`() async throws {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(body: "here") }
        }
        defer { server.stop() }
        let proxy = try FaultProxy(to: try S3Endpoint(parsing: server.url))
        defer { proxy.stop() }
        let request = RawHTTPRequest("GET", "/bucket/key")
        let kept = try RawHTTPConnection(port: proxy.port)
        for _ in 0..<2 {
            #expect(try await request.send(port: proxy.port).text == "here")
            try proxy.refuseConnections(true)
            let error = await #expect(throws: RawHTTPError.self) { _ = try await request.send(port: proxy.port) }
            #expect(error?.operation == "connect")
            try proxy.refuseConnections(false)
        }
        // What was open before is cut.
        try await kept.waitForEnd()
    }

    @Test func `operations have their names after method and query`() {
        let cases = [
            ("PUT", "/b/a/key", "PutObject"), ("PUT", "/b/k?partNumber=2&uploadId=u", "UploadPart"),
            ("POST", "/b/k?uploads=", "CreateMultipartUpload"), ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload"),
            ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"), ("DELETE", "/b/k", "DeleteObject"),
            ("HEAD", "/b/k", "HeadObject"), ("GET", "/b/k", "GetObject"),
            ("GET", "/b/k?max-parts=9&uploadId=u", "ListParts"), ("HEAD", "/b", "HeadBucket"),
            ("GET", "/b?max-uploads=9&prefix=a%2Fb&uploads=", "ListMultipartUploads"),
            ("GET", "/b/?list-type=2", "ListObjectsV2"), ("POST", "/b?delete=", "DeleteObjects"),
            ("PUT", "/b", "CreateBucket"), ("GET", "/", "ListBuckets"),
        ]
        for (method, target, name) in cases {
            #expect(ProxiedRequest.operation(method: method, target: target) == name, "\(method) \(target)")
        }
    }
}
