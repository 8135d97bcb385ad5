import Attachments
import Catalog
import Foundation
import Gateway
import S3
import TestSupport
import Testing

/// Quotas and uploads at once, on the wire.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct QuotaRouteTests {
    private func run(
        _ quotas: StorageQuotas,
        _ body: (GatewayHarness) async throws -> Void
    ) async throws {
        try await GatewayHarness.run(configure: { $0.attachments.quotas = quotas }, body)
    }

    /// Sends the head of a raw upload and no byte of its body.
    private func begin(
        _ gateway: GatewayHarness,
        byteCount: Int,
        as user: String = "ann",
        expects100: Bool = false
    ) async throws -> RawHTTPConnection {
        var headers = [
            (name: "Content-Type", value: "application/pdf"), (name: "Content-Length", value: "\(byteCount)"),
        ]
        if expects100 { headers.append((name: "Expect", value: "100-continue")) }
        let target = "/upload/?message_id=\(gateway.messageID)"
        let connection = try RawHTTPConnection(port: gateway.port)
        try await connection.send(try await gateway.request("POST", target, as: user, headers: headers).head)
        return connection
    }

    @Test func `of twenty uploads that race, as many get in as the quota has room for`() async throws {
        try await run(StorageQuotas(userBytes: 550_000)) { gateway in
            let answers = try await withThrowingTaskGroup(of: RawHTTPResponse.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await gateway.post(gateway.form(document(byteCount: 100_000, seed: UInt64(number + 1))))
                    }
                }
                return try await group.reduce(into: [RawHTTPResponse]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 5)
            let refused = answers.filter { $0.status != 201 }
            #expect(refused.count == 15)
            for answer in refused {
                #expect(answer.status == 413)
                #expect(answer.code == "quota_exceeded")
                #expect(answer.json["file"]?[0]?.text?.contains("of 550000 bytes are used") == true)
            }
            #expect(try gateway.catalog.usage(ofUser: "ann") == StorageUsage(files: 5, bytes: 500_000))
            let isClean = try await gateway.eventually {
                let (objects, intents) = try await (gateway.storage.listObjects(), gateway.catalog.intents())
                return try objects.count == 5 && intents.isEmpty && gateway.spoolFiles().isEmpty
            }
            #expect(isClean, "what was refused leaves nothing")
        }
    }

    @Test func `what does not fit by its length is refused before its body, and deleting makes room`() async throws {
        try await run(StorageQuotas(userBytes: 1_000_000, userFiles: 2)) { gateway in
            let first = try await gateway.post(gateway.form(document(byteCount: 900_000)))
            #expect(first.status == 201)
            let connection = try await begin(gateway, byteCount: 100_001, expects100: true)
            let refused = try await connection.readResponse()
            #expect(refused.status == 413, "no 100 comes before it")
            #expect(refused.code == "quota_exceeded")
            let message = refused.json["file"]?[0]?.text ?? ""
            #expect(message.contains("900000 of 1000000 bytes are used, and the file has 100001"))
            #expect(refused.header("Connection") == "close")
            #expect(try await gateway.post(gateway.form(document(byteCount: 100_000))).status == 201)
            let full = try await gateway.post(gateway.form([0x25]))
            #expect(full.status == 413)
            #expect(full.json["file"]?[0]?.text?.contains("2 of 2 files are stored") == true)
            let id = try #require(first.json["id"]?.text)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.post(gateway.form(document(byteCount: 900_000))).status == 201)
        }
    }

    @Test func `a conversation's quota holds for everybody in it, the back end's uploads too`() async throws {
        try await run(StorageQuotas(userBytes: 400, conversationBytes: 1000)) { gateway in
            let target = "/upload/?message_id=\(gateway.messageID)"
            let headers = [(name: "Content-Type", value: "application/pdf")]
            for (byteCount, status) in [(900, 201), (200, 413), (100, 201)] {
                let response = try await gateway.send(
                    "POST",
                    target,
                    as: "backend",
                    isService: true,
                    headers: headers,
                    body: document(byteCount: byteCount)
                )
                #expect(response.status == status, "the back end has no quota of a user")
            }
            let bob = try await gateway.post(gateway.form(document(byteCount: 300)), as: "bob")
            #expect(bob.code == "quota_exceeded")
            #expect(bob.json["file"]?[0]?.text?.contains("of this conversation") == true)
        }
    }

    @Test func `a user has only so many uploads under way`() async throws {
        try await GatewayHarness.run(configure: { $0.attachments.uploadsAtOncePerUser = 2 }) { gateway in
            let bytes = document(byteCount: 50_000)
            var held: [RawHTTPConnection] = []
            for _ in 0..<2 {
                let connection = try await begin(gateway, byteCount: bytes.count, expects100: true)
                #expect(try await connection.readResponse().status == 100)
                held.append(connection)
            }
            let third = try await begin(gateway, byteCount: bytes.count, expects100: true)
            let refused = try await third.readResponse()
            #expect(refused.status == 429, "no 100 comes before it")
            #expect(refused.code == "too_many_uploads")
            #expect(refused.header("Retry-After") == "5")
            #expect(try await gateway.post(gateway.form(bytes), as: "bob").status == 201)
            try await held.removeLast().send(bytes)
            let isFree = try await gateway.eventually { try await gateway.post(gateway.form(bytes)).status == 201 }
            #expect(isFree, "an upload that has ended makes room")
            try await held.removeLast().close()
            let areFree = try await gateway.eventually {
                let pair = [try await begin(gateway, byteCount: 300), try await begin(gateway, byteCount: 300)]
                for connection in pair { try await connection.send(document(byteCount: 300)) }
                var statuses: [Int] = []
                for connection in pair { statuses.append(try await connection.readResponse().status) }
                return statuses == [201, 201]
            }
            #expect(areFree, "and so does one whose client went away")
        }
    }
}
