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
}
