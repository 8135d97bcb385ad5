import Curl
import HTTPTypes
import NIOCore
import S3
import SigV4
import TestSupport
import Testing

/// Presigned URLs as their holders use them: fetched by a client that knows nothing of S3.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no SeaweedFS"), .timeLimit(.minutes(2)))
struct StoragePresignTests {
    private func stored(_ key: String) async throws -> S3Client {
        let storage = try await StorageTests.bucket()
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

    @Test func `the URL gives the object under the name and type asked for`() async throws {
        let storage = try await stored("a b/é+%2B?#.mp4")
        let disposition = "attachment; filename=\"a b.mp4\"; filename*=UTF-8''caf%C3%A9%20%F0%9F%98%80.mp4"
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
    }

    @Test func `a range of it can be fetched`() async throws {
        let storage = try await stored("k")
        let url = storage.presignGet(key: "k", expiresIn: .seconds(60))
        let (response, text) = try await fetch(url, headers: [.range: "bytes=3-5"])
        #expect(response.status == 206)
        #expect(text == "345")
    }

    @Test func `a URL for another key, life or use is refused`() async throws {
        let storage = try await stored("k")
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
    }

    @Test func `a URL dies when its time is over`() async throws {
        let storage = try await stored("k")
        let anHourAgo = SigningTime(secondsSinceEpoch: SigningTime.now().secondsSinceEpoch - 3600)
        let dead = storage.presignGet(key: "k", expiresIn: .seconds(60), at: anHourAgo)
        #expect(try await fetch(dead).response.status == 403)
        let alive = storage.presignGet(key: "k", expiresIn: .seconds(7200), at: anHourAgo)
        #expect(try await fetch(alive).response.status == 200)
    }

    @Test func `a URL for storing takes a body`() async throws {
        let storage = try await StorageTests.bucket()
        let url = storage.presignPut(key: "new +", expiresIn: .seconds(60))
        let (response, _) = try await fetch(url, method: .put, body: .bytes(ByteBuffer(string: "hello")))
        #expect(response.status == 200)
        #expect(try await storage.headObject(key: "new +").byteCount == 5)
    }
}
