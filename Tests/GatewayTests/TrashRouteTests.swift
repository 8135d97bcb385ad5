import Attachments
import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// Deletion and restoration, seen from outside.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct TrashRouteTests {
    private func run(
        retention: Duration = .seconds(86_400),
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        try await GatewayHarness.run(
            configure: { $0.attachments.deletion = DeletionConfiguration(retention: retention) },
            body
        )
    }

    private func upload(to gateway: GatewayHarness) async throws -> String {
        let response = try await gateway.post(gateway.form(document(byteCount: 3_000)))
        return try #require(response.json["id"]?.text)
    }

    @Test func `a deleted attachment is in the trash, and comes back with the same id`() async throws {
        try await run { gateway in
            let id = try await upload(to: gateway)
            let before = try await gateway.send("GET", "/attachments/\(id)/")
            let deleted = try await gateway.send("DELETE", "/attachments/\(id)/")
            #expect(deleted.status == 200)
            #expect(deleted.json == ["message": "Attachment deleted successfully"])
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 404)
            #expect(try await gateway.send("GET", "/attachments/\(id)/content/").status == 404)
            let list = try await gateway.send("GET", "/attachments/?message_id=\(gateway.messageID.text)")
            #expect(list.json["attachments"] == [])
            let usage = try await gateway.sendAsService("GET", "/usage/")
            #expect(usage.json["total"] == ["files": 0, "bytes": 0])
            #expect(usage.json["trash"] == ["files": 1, "bytes": 3000])

            let trash = try await gateway.send("GET", "/trash/")
            #expect(trash.status == 200)
            #expect(trash.json["next_cursor"] == .null)
            let entry = try #require(trash.json["trash"]?[0])
            for (name, value) in [
                ("id", id), ("conversation_id", gateway.conversationID.text), ("message_id", gateway.messageID.text),
                ("file_name", "paper.pdf"), ("file_type", "document"), ("mime_type", "application/pdf"),
                ("uploaded_by", "ann"), ("deleted_by", "ann"),
            ] {
                #expect(entry[name] == .text(value), "\(name)")
            }
            #expect(entry["file_size"] == 3000)
            let time = { (name: String) in entry[name]?.text.flatMap { try? Date($0, strategy: .iso8601) } }
            let (from, to) = (try #require(time("deleted_at")), try #require(time("purge_after")))
            #expect(to.timeIntervalSince(from) == 86_400)
            #expect(!trash.text.contains("X-Amz"))
            #expect(try await gateway.send("GET", "/trash/", as: "bob").json["trash"] == [])
            let path = "/trash/?conversation_id=\(gateway.conversationID.text)"
            #expect(try await gateway.sendAsService("GET", path).json["trash"]?[0]?["id"] == .text(id))
            #expect(try await gateway.sendAsService("GET", "/trash/?message_id=\(UUID().text)").json["trash"] == [])

            let restored = try await gateway.send("POST", "/attachments/\(id)/restore/")
            #expect(restored.status == 200)
            #expect(restored.json["sha256"] == before.json["sha256"])
            #expect(restored.json["uploaded_at"] == before.json["uploaded_at"])
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.send("GET", "/trash/").json["trash"] == [])
        }
    }

    @Test func `what went with its message is restored once the message is known again`() async throws {
        try await run { gateway in
            let ids = [try await upload(to: gateway), try await upload(to: gateway)]
            // One that is not deleted stays as it is.
            #expect(try await gateway.send("POST", "/attachments/\(ids[0])/restore/").status == 200)
            let message = "/messages/\(gateway.messageID.text)/"
            #expect(try await gateway.sendAsService("DELETE", message).status == 200)
            let refused = try await gateway.send("POST", "/attachments/\(ids[0])/restore/")
            #expect(refused.status == 409)
            #expect(refused.code == "message_gone")
            let json = #"{"conversation_id":"\#(gateway.conversationID.text)","sender_id":"ann"}"#
            #expect(try await gateway.sendAsService("PUT", message, json: json).status == 200)
            #expect(try await gateway.send("POST", "/attachments/\(ids[0])/restore/").status == 200)
            // The other one, and all that is left, for good.
            #expect(try await gateway.send("DELETE", "/attachments/\(ids[1])/?purge=true").status == 200)
            #expect(try await gateway.send("POST", "/attachments/\(ids[1])/restore/").status == 404)
            let conversation = "/conversations/\(gateway.conversationID.text)/"
            #expect(try await gateway.sendAsService("DELETE", "\(conversation)?purge=1").status == 200)
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
            #expect(try await gateway.sendAsService("GET", "/trash/").json["trash"] == [])
            let actions = try await gateway.catalog.activities(limit: 99).map(\.action)
            #expect(actions.count { $0 == .filePurged } == 2)
            #expect(actions.count { $0 == .fileRestored } == 1)
        }
    }

    @Test func `the trash is read page by page`() async throws {
        try await run { gateway in
            var ids: Set<String> = []
            for _ in 0..<5 {
                let id = try await upload(to: gateway)
                ids.insert(id)
                #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            }
            var (read, query): ([String], String?) = ([], "")
            while let more = query {
                let page = try await gateway.sendAsService("GET", "/trash/?limit=2\(more)")
                for index in 0..<2 { if let id = page.json["trash"]?[index]?["id"]?.text { read.append(id) } }
                query = page.json["next_cursor"]?.text.map { "&cursor=\($0)" }
            }
            #expect(read.count == 5)
            #expect(Set(read) == ids)
        }
    }

    @Test(arguments: ["limit=0", "limit=1001", "cursor=x", "conversation_id=1", "message_id=1"])
    func `a malformed parameter is named`(query: String) async throws {
        try await run { gateway in
            let response = try await gateway.send("GET", "/trash/?\(query)")
            #expect(response.status == 400)
            #expect(response.text.contains(query.split(separator: "=")[0]))
        }
    }

    @Test(arguments: ["purge=maybe", "revoke=2"])
    func `a malformed flag deletes nothing`(query: String) async throws {
        try await run { gateway in
            let id = try await upload(to: gateway)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/?\(query)").status == 400)
            for path in ["/messages/\(gateway.messageID.text)/", "/conversations/\(gateway.conversationID.text)/"] {
                #expect(try await gateway.sendAsService("DELETE", "\(path)?\(query)").status == 400)
            }
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 200)
        }
    }

    @Test func `without a retention nothing is kept`() async throws {
        try await run(retention: .zero) { gateway in
            let id = try await upload(to: gateway)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
            #expect(try await gateway.send("GET", "/trash/").json["trash"] == [])
            #expect(try await gateway.send("POST", "/attachments/\(id)/restore/").status == 404)
        }
    }

    @Test func `the retention over, objects and rows are gone without anybody's doing`() async throws {
        try await run(retention: .seconds(1)) { gateway in
            let id = try await upload(to: gateway)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
            #expect(try await gateway.send("POST", "/attachments/\(id)/restore/").status == 404)
            let purge = try #require(try await gateway.catalog.activities(limit: 1).first)
            #expect(purge.action == .filePurged)
            #expect(purge.userID == "ann")
        }
    }
}
