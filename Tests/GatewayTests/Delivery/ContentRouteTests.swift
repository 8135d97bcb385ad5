import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The bytes of an attachment by its own address: redirects, and the bytes themselves.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ContentRouteTests {
    private let bytes = document(byteCount: 300_000)

    private func upload(_ gateway: GatewayHarness, _ form: TestForm? = nil) async throws -> String {
        let response = try await gateway.post(form ?? gateway.form(bytes))
        return try #require(response.json["id"]?.text)
    }

    @Test func `content and thumbnail redirect to presigned URLs`() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await upload(
                gateway,
                gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
            )
            let shown = try await gateway.send("GET", "/attachments/\(id)/").json
            for method in ["GET", "HEAD"] {
                let content = try await gateway.send(method, "/attachments/\(id)/content", as: "bob")
                #expect(content.status == 302)
                #expect(
                    content.header("Location")?.split(separator: "?").first
                        == shown["url"]?.text?.split(separator: "?").first
                )
                #expect(content.header("Location")?.contains("X-Amz-Signature=") == true)
                #expect(content.header("Cache-Control") == "no-store")
                let thumbnail = try await gateway.send(method, "/attachments/\(id)/thumbnail/?size=thumbnail&more=1")
                #expect(thumbnail.status == 302)
                #expect(thumbnail.header("Location")?.contains(".thumbnail.jpg?") == true)
            }
            let downloads = try await gateway.catalog.activities(limit: 9).filter { $0.action == .fileDownloaded }
            #expect(downloads.map(\.userID) == ["bob"])
            let missing = try await gateway.send("GET", "/attachments/\(id)/thumbnail?size=large")
            #expect(missing.status == 404)
            #expect(missing.code == "rendition_not_found")
            let malformed = try await gateway.send("GET", "/attachments/\(id)/thumbnail?size=../x")
            #expect(malformed.status == 400)
            #expect(malformed.json["error"]?.text?.contains("\"../x\"") == true)
        }
    }

    @Test func `where it is allowed the bytes come through, in ranges, and are not sent twice`() async throws {
        try await GatewayHarness.run(configure: { $0.delivery.allowsProxy = true }) { gateway in
            let id = try await upload(gateway)
            let path = "/attachments/\(id)/content?proxy=1"
            let whole = try await gateway.send("GET", path)
            #expect(whole.status == 200)
            #expect(whole.body == bytes)
            #expect(whole.header("Content-Type") == "application/pdf")
            #expect(whole.header("Accept-Ranges") == "bytes")
            #expect(whole.header("Content-Disposition")?.hasPrefix("attachment;") == true)
            #expect(whole.header("Content-Security-Policy")?.contains("sandbox") == true)
            let tag = try #require(whole.header("ETag"))
            let head = try await gateway.send("HEAD", path)
            #expect(head.status == 200)
            #expect(head.header("Content-Length") == "300000")
            let range = [(name: "Range", value: "bytes=100-199")]
            let part = try await gateway.send("GET", path, headers: range)
            #expect(part.status == 206)
            #expect(part.body == Array(bytes[100...199]))
            #expect(part.header("Content-Range") == "bytes 100-199/300000")
            let same = try await gateway.send("GET", path, headers: range + [(name: "If-Range", value: tag)])
            #expect(same.status == 206)
            let other = try await gateway.send("GET", path, headers: range + [(name: "If-Range", value: "\"x\"")])
            #expect(other.status == 200)
            #expect(other.body == bytes)
            let beyond = try await gateway.send("GET", path, headers: [(name: "Range", value: "bytes=300000-")])
            #expect(beyond.status == 416)
            #expect(beyond.code == "range_not_satisfiable")
            #expect(beyond.header("Content-Range") == "bytes */300000")
            let known = try await gateway.send("GET", path, headers: [(name: "If-None-Match", value: tag)])
            #expect(known.status == 304)
            #expect(known.body.isEmpty)
            let malformed = try await gateway.send("GET", "/attachments/\(id)/content?proxy=yes")
            #expect(malformed.status == 400)
            #expect(malformed.json["error"]?.text?.contains("proxy") == true)
            // The whole file went out twice; what begins later than the beginning is no download.
            let downloads = try await gateway.catalog.activities(limit: 99).filter { $0.action == .fileDownloaded }
            #expect(downloads.count == 2)
        }
    }

    @Test func `a client that reads slowly holds the storage up, and loses nothing`() async throws {
        let large = document(byteCount: 12 << 20)
        try await GatewayHarness.run(configure: { $0.delivery.allowsProxy = true }) { gateway in
            let id = try await upload(gateway, gateway.form(large))
            let request = try await gateway.request("GET", "/attachments/\(id)/content?proxy=1")
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(request.bytes)
            try await Task.sleep(for: .seconds(1))
            let response = try await connection.readResponse()
            #expect(response.status == 200)
            #expect(response.body == large)
            try await connection.close()
        }
    }

    @Test func `what a browser would run is handed out as a file to save`() async throws {
        try await GatewayHarness.run(configure: { $0.delivery.allowsProxy = true }) { gateway in
            let files = [
                ("page.html", "text/html", "<!DOCTYPE html><html><script>alert(1)</script></html>"),
                ("image.svg", "image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"),
            ]
            for (name, type, text) in files {
                let response = try await gateway.post(gateway.form(fileName: name, type: type, Array(text.utf8)))
                #expect(response.status == 201, "\(name)")
                let id = try #require(response.json["id"]?.text)
                let url = try #require(response.json["url"]?.text)
                #expect(url.contains("response-content-disposition=attachment"), "\(name)")
                let passed = try await gateway.send("GET", "/attachments/\(id)/content?proxy=1")
                #expect(passed.header("Content-Disposition")?.hasPrefix("attachment;") == true, "\(name)")
                #expect(passed.header("X-Content-Type-Options") == "nosniff", "\(name)")
            }
        }
    }
}
