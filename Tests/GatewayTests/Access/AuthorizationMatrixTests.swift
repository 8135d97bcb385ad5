import Attachments
import Catalog
import Foundation
import Gateway
import TestSupport
import Testing

/// Every operation that is described, asked by everyone.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct AuthorizationMatrixTests {
    @Test(arguments: AccessRow.all)
    func `each caller gets the answer that the table says, and nobody else's URLs`(row: AccessRow) async throws {
        try await GatewayHarness.run(configure: {
            $0.tokens.audience = "satchel"
            $0.metrics.isEnabled = true
        }) { gateway in
            for caller in AccessCaller.allCases {
                let world = try await AccessWorld(in: gateway)
                var headers: [(name: String, value: String)] = []
                if let credential = try await caller.credential(audience: "satchel", in: gateway) {
                    headers.append((name: "Authorization", value: "Bearer \(credential)"))
                }
                let isOpen = row.statuses == nil
                let request = RawHTTPRequest(
                    row.method,
                    (isOpen ? "" : "/api/chat") + world.target(of: row),
                    headers: headers,
                    body: row.body.map { Array(world.fill($0).utf8) }
                )
                let response = try await request.send(port: gateway.port)
                #expect(response.status == expected(row, caller), "\(row) as \(caller)")
                guard response.status >= 400 else { continue }
                #expect(!response.text.contains("X-Amz-Signature"), "\(row) as \(caller)")
                #expect(response.header("Location") == nil, "\(row) as \(caller)")
            }
        }
    }

    private func expected(_ row: AccessRow, _ caller: AccessCaller) -> Int {
        guard let statuses = row.statuses else { return 200 }
        return caller.column.map { statuses[$0] } ?? row.others
    }

    @Test func `the table has every operation that is described`() {
        let described = Set(OpenAPITests.operations.map { "\($0.method) \($0.path)" })
        let judged = Set(AccessRow.all.filter { $0.method != "HEAD" }.map { "\($0.method) \($0.path)" })
        #expect(described == judged)
        #expect(AccessRow.all.allSatisfy { $0.statuses.map { $0.count == AccessCaller.columnCount } ?? true })
    }
}

/// A conversation of bob, ann and an admin, with a message and a video of ann that has a thumbnail; rows alone.
private struct AccessWorld {
    private let conversationID = UUID.version7()
    private let messageID = UUID.version7()
    private let attachmentID = UUID.version7()

    init(in gateway: GatewayHarness) async throws {
        let catalog = gateway.catalog
        let id = conversationID
        try await catalog.putConversation(
            id: id,
            participants: [
                Participant(conversationID: id, userID: "ann", role: .member),
                Participant(conversationID: id, userID: "bob", role: .member),
                Participant(conversationID: id, userID: "admin", role: .admin),
            ]
        )
        try await catalog.putMessage(
            Message(id: messageID, conversationID: id, senderID: "ann", createdAt: Date())
        )
        let attachment = SampleAttachment.video(id: attachmentID, messageID: messageID)
        try await SampleAttachment.store(attachment, in: catalog)
    }

    func target(of row: AccessRow) -> String {
        let id: UUID
        if row.path.hasPrefix("/messages/") {
            id = messageID
        } else if row.path.hasPrefix("/conversations/") {
            id = conversationID
        } else {
            id = attachmentID
        }
        return fill(row.path.replacingOccurrences(of: "{id}", with: id.text) + row.query)
    }

    func fill(_ text: String) -> String {
        text.replacingOccurrences(of: "{user}", with: "bob")
            .replacingOccurrences(of: "{playlist}", with: "master.m3u8")
            .replacingOccurrences(of: "{a}", with: attachmentID.text)
            .replacingOccurrences(of: "{m}", with: messageID.text)
            .replacingOccurrences(of: "{c}", with: conversationID.text)
    }
}
