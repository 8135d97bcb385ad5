import Curl
import HTTPTypes
import NIOCore
import S3
import SigV4
import TestSupport
import Testing

/// Presigned URLs as their holders use them: fetched by a client that knows nothing of S3.
@Suite(.enabled(if: !S3TestServer.available.isEmpty, "there is no S3 server"), .timeLimit(.minutes(2)))
struct StoragePresignTests {
    private func stored(
        _ key: String,
        on server: S3TestServer,
        publicEndpoint: String? = nil
    ) async throws -> S3Client {
        let storage = try await server.makeClient {
            $0.publicEndpoint = try publicEndpoint.map { try S3Endpoint(parsing: $0) }
        }
        _ = try await storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(string: "0123456789")),
            contentType: "application/octet-stream"
        )
        return storage
    }

    private func fetch(
        _ url: String,
        method: HTTPRequest.Method = .get,
        headers: HTTPFields = [:],
        body: CurlBody = .none
    ) async throws -> (response: CurlResponse, text: String) {
        let browser = try CurlClient()
        let response = try await browser.send(CurlRequest(method: method, url: url, headers: headers, body: body))
        let text = String(buffer: try await response.body.collect(upTo: 100_000))
        await browser.shutdown()
        return (response, text)
    }

    // Names as real ones are, with a curly apostrophe and an emoji: raw in the header AWS refuses them and moto breaks.
    @Test(arguments: S3TestServer.available)
    func `the URL gives the object under the name and type asked for`(server: S3TestServer) async throws {
        let storage = try await stored("a b/é+%2B?#.mp4", on: server)
        let name = "it%E2%80%99s%20caf%C3%A9%20%F0%9F%98%80.mp4"
        let disposition = "attachment; filename=\"it_s caf_ _.mp4\"; filename*=UTF-8''\(name)"
        let url = storage.presignGet(
            key: "a b/é+%2B?#.mp4",
            expiresIn: .seconds(60),
            responseContentType: "video/mp4",
            responseContentDisposition: disposition
        )
        let (response, text) = try await fetch(url)
        #expect(response.status == 200)
        #expect(text == "0123456789")
        #expect(response.headers[.contentType] == "video/mp4")
        #expect(response.headers[.contentDisposition] == disposition)
        // The framing of the upload must not have been stored with it.
        #expect(response.headers[.contentEncoding] == nil)
        #expect(response.headers[.contentLength] == "10")
    }

    @Test(arguments: S3TestServer.available)
    func `a range of it can be fetched`(server: S3TestServer) async throws {
        let storage = try await stored("k", on: server)
        let url = storage.presignGet(key: "k", expiresIn: .seconds(60))
        let (response, text) = try await fetch(url, headers: [.range: "bytes=3-5"])
        #expect(response.status == 206)
        #expect(text == "345")
    }

    // moto believes every URL, here and below.
    @Test(arguments: S3TestServer.thatCheckSignatures)
    func `a URL for another key, life or use is refused`(server: S3TestServer) async throws {
        let storage = try await stored("k", on: server)
        _ = try await storage.putObject(
            key: "l",
            body: .bytes(ByteBuffer(string: "other")),
            contentType: "text/plain"
        )
        let url = storage.presignGet(key: "k", expiresIn: .seconds(60))
        let forgeries = [
            url.replacing("/k?", with: "/l?"),
            url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=61"),
            url + "&response-content-type=text%2Fhtml",
            String(url.dropLast()) + (url.hasSuffix("0") ? "1" : "0"),
        ]
        for forgery in forgeries {
            #expect(forgery != url)
            #expect(try await fetch(forgery).response.status == 403)
        }
        #expect(try await fetch(url, method: .put, body: .bytes(ByteBuffer(string: "x"))).response.status == 403)
        #expect(try await fetch(url, method: .head).response.status == 403)
    }

    @Test(arguments: S3TestServer.thatCheckSignatures)
    func `a URL is good for the public host and port alone`(server: S3TestServer) async throws {
        let origin = "https://media.example.com:8443"
        let storage = try await stored("k", on: server, publicEndpoint: origin)
        let url = storage.presignGet(key: "k", expiresIn: .seconds(60))
        #expect(url.hasPrefix(origin + "/"))
        // What a proxy in front of the storage does that keeps the host, and one that does not.
        let endpoint = try await server.configuration(bucket: "any").endpoint
        let inside = "\(endpoint.scheme)://\(endpoint.authority)\(url.dropFirst(origin.count))"
        let host = try #require(HTTPField.Name("Host"))
        let kept = try await fetch(inside, headers: [host: "media.example.com:8443"])
        #expect(kept.response.status == 200)
        #expect(kept.text == "0123456789")
        #expect(try await fetch(inside).response.status == 403)
        #expect(try await fetch(inside, headers: [host: "media.example.com"]).response.status == 403)
    }

    @Test(arguments: S3TestServer.thatCheckSignatures)
    func `a URL dies when its time is over`(server: S3TestServer) async throws {
        let storage = try await stored("k", on: server)
        let anHourAgo = SigningTime(secondsSinceEpoch: SigningTime.now().secondsSinceEpoch - 3600)
        let dead = storage.presignGet(key: "k", expiresIn: .seconds(60), at: anHourAgo)
        #expect(try await fetch(dead).response.status == 403)
        let alive = storage.presignGet(key: "k", expiresIn: .seconds(7200), at: anHourAgo)
        #expect(try await fetch(alive).response.status == 200)
    }

    @Test(arguments: S3TestServer.available)
    func `a life of more than seven days is cut to what a storage takes`(server: S3TestServer) async throws {
        let storage = try await stored("k", on: server)
        let url = storage.presignGet(key: "k", expiresIn: .seconds(30 * 86_400))
        #expect(try await fetch(url).text == "0123456789")
    }

    @Test(arguments: S3TestServer.available)
    func `a URL for storing takes a body`(server: S3TestServer) async throws {
        let storage = try await server.makeClient()
        let url = storage.presignPut(key: "new +", expiresIn: .seconds(60))
        let (response, _) = try await fetch(url, method: .put, body: .bytes(ByteBuffer(string: "hello")))
        #expect(response.status == 200)
        #expect(try await storage.headObject(key: "new +").byteCount == 5)
    }

    // The names under localhost are this machine; the other servers would have to be told of a domain.
    @Test(.enabled(if: S3TestServer.available.contains(.moto), "there is no moto"))
    func `a bucket can be a part of the host's name`() async throws {
        let server = S3TestServer.moto
        let endpoint = try await server.configuration(bucket: "any").endpoint
        let port = try #require(endpoint.port)
        let storage = try await server.makeClient {
            $0.endpoint = try S3Endpoint(parsing: "http://localhost:\(port)")
            $0.addressing = .virtualHost
        }
        let key = "a b/é+.mp4"
        let body = S3Body.bytes(ByteBuffer(string: "hello"))
        _ = try await storage.putObject(key: key, body: body, contentType: "video/mp4")
        #expect(try await storage.listObjects().map(\.key) == [key])
        try await storage.headBucket()
        let url = storage.presignGet(key: key, expiresIn: .seconds(60))
        #expect(url.hasPrefix("http://test-"))
        #expect(try await fetch(url).text == "hello")
    }
}
