import Attachments
import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// The URLs in server-sent events: they are made when the handling of the request is over.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct EventURLTests {
    @Test func `a URL of the gateway's own is as whole in an event as in any other answer`() async throws {
        let root = try MediaRoot()
        let bytes = document(byteCount: 10_000)
        try root.write(bytes, to: "attachments/a.pdf")
        let path = root.path
        try await GatewayHarness.run(configure: { $0.migrationSource = .directory(path: path) }) { gateway in
            let attachment = try await root.adopt("attachments/a.pdf", in: gateway)
            let stream = try await gateway.send("GET", "/attachments/\(attachment.id.text)/events/")
            #expect(stream.status == 200)
            let lines = stream.text.split(separator: "\n")
            #expect(lines.first == "event: ready")
            let data = try #require(lines.first { $0.hasPrefix("data: ") }).dropFirst("data: ".count)
            let told = try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any]
            let url = try #require(told?["url"] as? String)
            #expect(url.hasPrefix("http://satchel.test/api/chat/old-objects/\(attachment.id.text)?expires="))
            #expect(try await gateway.fetch(url).body == bytes)
        }
    }
}
