import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// Conversations, participants and messages, as the app's back end tells them.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct BackendRouteTests {
    @Test func `a conversation is made, shown, changed and deleted`() async throws {
        try await GatewayHarness.run { gateway in
            let id = UUID().uuidString.lowercased()
            let made = try await gateway.sendAsService(
                "PUT",
                "/conversations/\(id)/",
                json: #"{"participants":[{"user_id":"eve","role":"admin"},{"user_id":7}]}"#
            )
            #expect(made.status == 200)
            #expect(made.json["id"] == .text(id))
            let both: JSONValue = [["user_id": "7", "role": "member"], ["user_id": "eve", "role": "admin"]]
            #expect(made.json["participants"] == both)
            let again = try await gateway.sendAsService("PUT", "/conversations/\(id)")
            #expect(again.json["participants"] == both)
            let joined = try await gateway.sendAsService(
                "PUT",
                "/conversations/\(id)/participants/a%20b%2Fc/",
                json: "{}"
            )
            #expect(joined.status == 200)
            #expect(joined.json == ["user_id": "a b/c", "role": "member"])
            let left = try await gateway.sendAsService("DELETE", "/conversations/\(id)/participants/7/")
            #expect(left.status == 200)
            #expect(try await gateway.sendAsService("DELETE", "/conversations/\(id)/participants/7/").status == 404)
            let shown = try await gateway.sendAsService("GET", "/conversations/\(id)/")
            #expect(shown.json["participants"]?.count == 2)
            #expect(try await gateway.sendAsService("DELETE", "/conversations/\(id)/").status == 200)
            let gone = try await gateway.sendAsService("GET", "/conversations/\(id)/")
            #expect(gone.status == 404)
            #expect(gone.code == "conversation_not_found")
        }
    }

    @Test func `only a token with the service scope may tell who talks with whom`() async throws {
        try await GatewayHarness.run { gateway in
            let conversation = gateway.conversationID.uuidString
            for (method, path) in [
                ("PUT", "/conversations/\(conversation)/"), ("GET", "/conversations/\(conversation)/"),
                ("DELETE", "/conversations/\(conversation)/"),
                ("PUT", "/conversations/\(conversation)/participants/x/"),
                ("DELETE", "/conversations/\(conversation)/participants/bob/"),
                ("PUT", "/messages/\(gateway.messageID)/"), ("DELETE", "/messages/\(gateway.messageID)/"),
            ] {
                let response = try await gateway.send(method, path, as: "admin")
                #expect(response.status == 403, "\(method) \(path)")
                #expect(response.code == "forbidden")
                #expect(response.json["error"]?.text != nil)
            }
            #expect(try await gateway.catalog.participants(conversationID: gateway.conversationID).count == 3)
        }
    }

    @Test func `a message can be told twice, but not differently`() async throws {
        try await GatewayHarness.run { gateway in
            let id = UUID().uuidString
            let body = #"{"conversation_id":"\#(gateway.conversationID)","sender_id":"bob"}"#
            for _ in 0..<2 {
                let response = try await gateway.sendAsService("PUT", "/messages/\(id)/", json: body)
                #expect(response.status == 200)
                #expect(response.json["sender_id"] == "bob")
                #expect(response.json["attachments"] == [])
            }
            let other = UUID()
            try await gateway.catalog.putConversation(id: other)
            let moved = #"{"conversation_id":"\#(other)","sender_id":"bob"}"#
            let conflict = try await gateway.sendAsService("PUT", "/messages/\(id)/", json: moved)
            #expect(conflict.status == 409)
            #expect(conflict.code == "conflict")
            let nowhere = #"{"conversation_id":"\#(UUID())","sender_id":"bob"}"#
            let unknown = try await gateway.sendAsService("PUT", "/messages/\(UUID())/", json: nowhere)
            #expect(unknown.status == 404)
            #expect(unknown.code == "conversation_not_found")
        }
    }

    @Test(arguments: [
        ("{", "not JSON"), ("[]", "wrong type"), (#"{"sender_id":"bob"}"#, "conversation_id"),
        (#"{"conversation_id":"x","sender_id":"bob"}"#, "\\\"x\\\""), ("", "not JSON"),
    ])
    func `a malformed message is refused in words`(body: String, expected: String) async throws {
        try await GatewayHarness.run { gateway in
            let response = try await gateway.sendAsService("PUT", "/messages/\(UUID())/", json: body)
            #expect(response.status == 400)
            #expect(response.code == "invalid_request")
            #expect(response.text.contains(expected), "\(response.text)")
        }
    }

    @Test func `a body that is too long for what it says is refused`() async throws {
        try await GatewayHarness.run { gateway in
            let body = String(repeating: " ", count: 300_000)
            let response = try await gateway.sendAsService("PUT", "/conversations/\(UUID())/", json: body)
            #expect(response.status == 413)
            #expect(response.code == "body_too_large")
        }
    }

    @Test func `a message shows its attachments to participants and to the back end`() async throws {
        try await GatewayHarness.run { gateway in
            for number in 1...2 {
                let form = gateway.form(fileName: "\(number).pdf", document(byteCount: 100 * number))
                #expect(try await gateway.post(form).status == 201)
            }
            let path = "/messages/\(gateway.messageID)/"
            for (user, isService) in [("bob", false), ("backend", true)] {
                let response = try await gateway.send("GET", path, as: user, isService: isService)
                #expect(response.status == 200)
                #expect(response.json["attachments"]?[0]?["file_name"] == "1.pdf")
                #expect(response.json["attachments"]?[1]?["file_name"] == "2.pdf")
            }
            let hidden = try await gateway.send("GET", path, as: "mallory")
            let unknown = try await gateway.send("GET", "/messages/\(UUID())/", as: "mallory")
            #expect(hidden.status == 404)
            #expect(hidden.json.without("request_id") == unknown.json.without("request_id"))
        }
    }

    @Test func `a removed participant sees nothing more`() async throws {
        try await GatewayHarness.run { gateway in
            let id = try #require(try await gateway.post(gateway.form(document(byteCount: 50))).json["id"]?.text)
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "bob").status == 200)
            _ = try await gateway.sendAsService("DELETE", "/conversations/\(gateway.conversationID)/participants/bob/")
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "bob").status == 404)
            #expect(try await gateway.post(gateway.form(document(byteCount: 50)), as: "bob").status == 403)
        }
    }

    @Test func `deleting a message deletes its attachments and their objects`() async throws {
        try await GatewayHarness.run { gateway in
            let id = try #require(try await gateway.post(gateway.form(document(byteCount: 50))).json["id"]?.text)
            #expect(try await gateway.sendAsService("DELETE", "/messages/\(gateway.messageID)/").status == 200)
            #expect(try await gateway.send("GET", "/attachments/\(id)/").status == 404)
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
            let again = try await gateway.sendAsService("DELETE", "/messages/\(gateway.messageID)/")
            #expect(again.status == 404)
            #expect(again.code == "message_not_found")
        }
    }
}
