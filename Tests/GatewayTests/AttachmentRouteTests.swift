import Attachments
import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct AttachmentRouteTests {
    private func upload(to gateway: GatewayHarness, as user: String = "ann") async throws -> String {
        let response = try await gateway.post(gateway.form(document(byteCount: 5000)), as: user)
        return try #require(response.json["id"]?.text)
    }

    @Test func `participants see an attachment, with and without the final slash`() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await upload(to: gateway)
            for user in ["ann", "bob", "admin"] {
                for path in ["/attachments/\(id)/", "/attachments/\(id)"] {
                    let response = try await gateway.send("GET", path, as: user)
                    #expect(response.status == 200)
                    #expect(response.json["id"] == .text(id))
                    #expect(response.json.keys.isSuperset(of: UploadTests.oldFields))
                    #expect(response.header("Cache-Control") == "no-store")
                }
            }
        }
    }

    @Test func `for a stranger an attachment does not exist, whatever is asked`() async throws {
        try await GatewayHarness.run { gateway in
            let id = try await upload(to: gateway)
            let nothing = UUID().uuidString.lowercased()
            for (method, suffix) in [
                ("GET", "attachments/*/"), ("DELETE", "attachments/*/"), ("GET", "videos/*/download/"),
            ] {
                var answers: [JSONValue] = []
                for (target, user) in [(id, "mallory"), (nothing, "ann"), ("no-uuid", "ann")] {
                    let path = "/" + suffix.replacingOccurrences(of: "*", with: target)
                    let response = try await gateway.send(method, path, as: user)
                    #expect(response.status == 404)
                    #expect(response.json.keys == ["error", "code", "request_id"])
                    answers.append(response.json.without("request_id"))
                }
                #expect(answers[0] == answers[1])
                #expect(answers[1] == answers[2])
            }
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 200)
        }
    }

    @Test func `the uploader and an admin delete, another member does not`() async throws {
        try await GatewayHarness.run { gateway in
            for deleter in ["ann", "admin"] {
                let id = try await upload(to: gateway)
                let refused = try await gateway.send("DELETE", "/attachments/\(id)/", as: "bob")
                #expect(refused.status == 403)
                #expect(refused.code == "forbidden")
                let response = try await gateway.send("DELETE", "/attachments/\(id)/", as: deleter)
                #expect(response.status == 200)
                #expect(response.json == ["message": "Attachment deleted successfully"])
                #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 404)
            }
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
            let actions = try await gateway.catalog.activities(limit: 10)
                .map { "\($0.userID ?? "nobody") \($0.action.rawValue)" }
            #expect(
                actions.sorted() == [
                    "admin file_deleted", "admin file_purged", "ann file_deleted", "ann file_purged",
                    "ann file_uploaded",
                    "ann file_uploaded",
                ]
            )
        }
    }

    @Test func `a video's download is logged, another kind is no video`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
            let video = try #require(try await gateway.post(form).json["id"]?.text)
            let agent = [(name: "User-Agent", value: "a phone/1.0")]
            let response = try await gateway.send("GET", "/videos/\(video)/download/", as: "bob", headers: agent)
            #expect(response.status == 200)
            #expect(response.json["id"] == .text(video))
            let entry = try #require(try await gateway.catalog.activities(limit: 1).first)
            #expect(entry.action == .fileDownloaded)
            #expect(entry.userID == "bob")
            #expect(entry.userAgent == "a phone/1.0")
            #expect(entry.attachmentID?.uuidString.lowercased() == video)
            let paper = try await upload(to: gateway)
            let refused = try await gateway.send("GET", "/videos/\(paper)/download/")
            #expect(refused.status == 400)
            #expect(refused.code == "not_a_video")
        }
    }

    @Test func `two answers in a row carry the same URL`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.urlWindow = .seconds(86_400 * 6) }) { gateway in
            let id = try await upload(to: gateway)
            let first = try await gateway.send("GET", "/attachments/\(id)/").json
            try await Task.sleep(for: .seconds(2))
            #expect(try await gateway.send("GET", "/attachments/\(id)/").json == first)
        }
    }
}
