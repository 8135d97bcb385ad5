import Catalog
import Foundation
import TestSupport
import Testing

/// All participants of a conversation at once.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct ParticipantRouteTests {
    @Test func `participants are replaced and changed together, and repeating changes nothing`() async throws {
        try await GatewayHarness.run { gateway in
            let path = "/conversations/\(gateway.conversationID.text)/participants/"
            let two: JSONValue = [["user_id": "7", "role": "member"], ["user_id": "eve", "role": "admin"]]
            for _ in 0..<2 {
                let put = try await gateway.sendAsService(
                    "PUT",
                    path,
                    json: #"{"participants":[{"user_id":"eve","role":"admin"},{"user_id":7,"role":null}]}"#
                )
                #expect(put.status == 200)
                #expect(put.json["participants"] == two)
            }
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID.text)/").status == 404)
            for _ in 0..<2 {
                let changed = try await gateway.sendAsService(
                    "PATCH",
                    path,
                    json: #"{"participants":[{"user_id":"ann"}],"remove":["eve","nobody"]}"#
                )
                #expect(changed.status == 200)
                #expect(
                    changed.json["participants"] == [
                        ["user_id": "7", "role": "member"], ["user_id": "ann", "role": "member"],
                    ]
                )
            }
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID.text)/").status == 200)
            #expect(try await gateway.sendAsService("GET", path).json["participants"]?.count == 2)
        }
    }

    @Test(arguments: [
        ("PUT", "{}", "participants is required"), ("PUT", #"{"participants":null}"#, "participants"),
        ("PATCH", #"{"participants":[{"user_id":"ann"}],"remove":["ann"]}"#, "\"ann\""),
        ("PATCH", #"{"remove":[""]}"#, "remove.0"),
        ("PATCH", #"{"remove":["ann\u0000"]}"#, "remove.0"),
        ("PUT", #"{"participants":[{"user_id":"\u0000"}]}"#, "participants.0.user_id"),
        ("PUT", #"{"participants":[{"user_id":"mallory\u0000"}]}"#, "participants.0.user_id"),
        ("PATCH", #"{"participants":[{"user_id":"x","role":"owner"}]}"#, "role"),
        ("PATCH", "", "JSON"),
    ])
    func `what is not possible is named`(method: String, body: String, word: String) async throws {
        try await GatewayHarness.run { gateway in
            let path = "/conversations/\(gateway.conversationID.text)/participants/"
            let response = try await gateway.sendAsService(method, path, json: body)
            #expect(response.status == 400)
            #expect(response.json["error"]?.text?.contains(word) == true)
            let malformed = try await gateway.sendAsService(method, "\(path)?revoke=maybe", json: body)
            #expect(malformed.json["error"]?.text?.contains("\"maybe\"") == true)
            let unknown = try await gateway.sendAsService(
                "PATCH",
                "/conversations/\(UUID())/participants/",
                json: "{}"
            )
            #expect(unknown.status == 404)
            #expect(unknown.code == "conversation_not_found")
        }
    }

    /// SQLite ends a text at a NUL, so such an id would be somebody else's there.
    @Test func `no id with a NUL is that of a user whose id it begins with`() async throws {
        try await GatewayHarness.run { gateway in
            let conversation = "/conversations/\(gateway.conversationID.text)"
            let requests = [
                ("PUT", "\(conversation)/participants/mallory%00/", "{}"),
                ("DELETE", "\(conversation)/participants/ann%00x/", nil),
                ("PUT", "\(conversation)/", #"{"participants":[{"user_id":"mallory\u0000"}]}"#),
                (
                    "PUT", "/messages/\(UUID.version7().text)/",
                    """
                    {"conversation_id":"\(gateway.conversationID.text)","sender_id":"ann\\u0000"}
                    """
                ),
                ("GET", "/usage/?user_id=ann%00", nil),
            ]
            for (method, path, body) in requests {
                let response = try await gateway.sendAsService(method, path, json: body)
                #expect(response.status == 400, "\(method) \(path)")
                #expect(response.code == "invalid_request", "\(method) \(path)")
            }
            let participants = try await gateway.catalog.participants(conversationID: gateway.conversationID)
            #expect(participants.map(\.userID) == ["admin", "ann", "bob"])
            #expect(try await gateway.send("GET", "/messages/\(gateway.messageID.text)/").status == 200)
            let stranger = try await gateway.send("GET", "/messages/\(gateway.messageID.text)/", as: "ann\0mallory")
            #expect(stranger.status == 401)
            #expect(stranger.code == "invalid_token")
        }
    }

    /// Swift takes the two for equal; the app and the database do not.
    @Test func `ids that differ only in how an accent is encoded are two users, whoever asks first`() async throws {
        let (composed, decomposed) = ("zo\u{E9}", "zoe\u{301}")
        #expect(composed.utf8.count == 4 && decomposed.utf8.count == 5)
        for (member, stranger) in [(composed, decomposed), (decomposed, composed)] {
            try await GatewayHarness.run { gateway in
                let participants = "/conversations/\(gateway.conversationID.text)/participants/"
                let only = { (user: String) in #"{"participants":[{"user_id":"\#(user)"}]}"# }
                #expect(try await gateway.sendAsService("PUT", participants, json: only(member)).status == 200)
                let stored = try await gateway.post(gateway.form(document(byteCount: 100)), as: member)
                #expect(stored.status == 201)
                let id = try #require(stored.json["id"]?.text)
                for path in ["/attachments/\(id)/", "/messages/\(gateway.messageID.text)/"] {
                    for (user, status) in [(member, 200), (stranger, 404), (member, 200)] {
                        #expect(try await gateway.send("GET", path, as: user).status == status, "\(path)")
                    }
                }
                let both = #"{"participants":[{"user_id":"\#(stranger)"}],"remove":[]}"#
                #expect(try await gateway.sendAsService("PATCH", participants, json: both).status == 200)
                // Now a participant, but not the one who uploaded it.
                #expect(try await gateway.send("GET", "/attachments/\(id)/", as: stranger).status == 200)
                #expect(try await gateway.send("DELETE", "/attachments/\(id)/", as: stranger).status == 403)
                let exchange = try await gateway.sendAsService(
                    "PUT",
                    "\(participants)?revoke=true",
                    json: only(stranger)
                )
                #expect(exchange.status == 200)
                #expect(try await gateway.send("GET", "/attachments/\(id)/", as: member).status == 404)
                #expect(try await gateway.send("GET", "/attachments/\(id)/", as: stranger).status == 200)
            }
        }
    }
}
