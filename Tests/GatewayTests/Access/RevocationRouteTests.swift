import Attachments
import Catalog
import Curl
import Foundation
import Gateway
import HTTPTypes
import NIOCore
import S3
import TestSupport
import Testing

/// The end of URLs that were handed out, seen from outside.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct RevocationRouteTests {
    private func uploadClip(_ gateway: GatewayHarness) async throws -> JSONValue {
        let form = gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
        let response = try await gateway.post(form)
        #expect(response.json["status"] == "ready")
        return response.json
    }

    /// The status of a GET of a presigned URL, and its bytes.
    private func fetch(_ url: String?) async throws -> (status: Int, bytes: [UInt8]) {
        let client = try CurlClient()
        let response = try await client.send(CurlRequest(method: .get, url: try #require(url)))
        let body = try await response.body.collect(upTo: 50 << 20)
        await client.shutdown()
        return (response.status, Array(body.readableBytesView))
    }

    @Test func `old URLs end, new ones have the same bytes`() async throws {
        try await GatewayHarness.run { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text)
            let (status, bytes) = try await fetch(before["url"]?.text)
            #expect(status == 200)
            let thumbnail = try await fetch(before["thumbnail_url"]?.text)
            #expect(try await gateway.send("POST", "/attachments/\(id)/revoke/", as: "bob").status == 403)
            let revoked = try await gateway.send("POST", "/attachments/\(id)/revoke/")
            #expect(revoked.status == 200)
            for name in ["url", "thumbnail_url"] {
                #expect(try await fetch(before[name]?.text).status == 404)
                #expect(revoked.json[name] != before[name])
            }
            #expect(try await fetch(revoked.json["url"]?.text).bytes == bytes)
            #expect(try await fetch(revoked.json["thumbnail_url"]?.text).bytes == thumbnail.bytes)
            let keys = try await gateway.storage.listObjects().map(\.key)
            let attachment = try #require(try await gateway.catalog.attachments(messageID: gateway.messageID).first)
            #expect(Set(keys) == Set(attachment.objectKeys))
            #expect(try await gateway.catalog.intents().isEmpty)
            #expect(try await gateway.send("POST", "/attachments/\(id)/revoke/", as: "admin").status == 200)
            #expect(try await gateway.send("DELETE", "/attachments/\(id)/").status == 200)
            #expect(try await gateway.eventually { try await gateway.storage.listObjects().isEmpty })
        }
    }

    @Test func `a removed participant gets no URL, and with revoke the old ones end too`() async throws {
        try await GatewayHarness.run { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text)
            let path = "/conversations/\(gateway.conversationID.text)/participants/bob/"
            let removed = try await gateway.sendAsService("DELETE", "\(path)?revoke=true")
            #expect(removed.status == 200)
            #expect(removed.json["revocations"] == 1)
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "bob").status == 404)
            let url = before["url"]?.text
            #expect(try await gateway.eventually { try await fetch(url).status == 404 })
            let fresh = try await gateway.send("GET", "/attachments/\(id)/")
            #expect(try await fetch(fresh.json["url"]?.text).status == 200)
            #expect(try await gateway.sendAsService("DELETE", path).status == 404)
        }
    }

    @Test func `a revocation that a dead process began is finished, and its copies are swept up`() async throws {
        try await GatewayHarness.run { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text.flatMap { UUID(uuidString: $0) })
            // As a process leaves it that dies after its first copy: the job's lease is over, the copy has an intent alone.
            let stray = UploadIntent(id: .version7(), objectKey: "attachments/stray", userID: "ann", createdAt: Date())
            let source = try #require(try await gateway.catalog.attachment(id: id))
            try await gateway.storage.copyObject(
                from: source.objectKey,
                to: stray.objectKey,
                byteCount: source.fileSize,
                contentType: source.mediaType
            )
            try await gateway.catalog.insertIntent(stray)
            _ = try await gateway.catalog.requestRevocation(attachmentID: id, leaseUntil: Date())
            let url = before["url"]?.text
            #expect(try await gateway.eventually { try await fetch(url).status == 404 })
            #expect(try await gateway.eventually { try await gateway.catalog.jobs(limit: 9).isEmpty })
            #expect(try await gateway.eventually { try await gateway.catalog.intents().isEmpty })
            let keys = try await gateway.storage.listObjects().map(\.key)
            let attachment = try #require(try await gateway.catalog.attachment(id: id))
            #expect(Set(keys) == Set(attachment.objectKeys))
        }
    }

    @Test func `what is missing in the bucket keeps its key, and the rest moves`() async throws {
        try await GatewayHarness.run { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text.flatMap { UUID(uuidString: $0) })
            let source = try #require(try await gateway.catalog.attachment(id: id))
            let thumbnail = try #require(source.renditions.first)
            try await gateway.storage.deleteObject(key: thumbnail.objectKey)
            let revoked = try await gateway.send("POST", "/attachments/\(id)/revoke/")
            #expect(revoked.status == 200)
            #expect(try await fetch(before["url"]?.text).status == 404)
            #expect(try await fetch(revoked.json["url"]?.text).status == 200)
            let moved = try #require(try await gateway.catalog.attachment(id: id))
            #expect(moved.objectKey != source.objectKey)
            #expect(moved.renditions.first?.objectKey == thumbnail.objectKey)
            #expect(try await gateway.storage.listObjects().map(\.key) == [moved.objectKey])
            // Nothing is left that could be moved.
            try await gateway.storage.deleteObject(key: moved.objectKey)
            #expect(try await gateway.send("POST", "/attachments/\(id)/revoke/").status == 200)
            #expect(try await gateway.catalog.attachment(id: id)?.objectKeys == moved.objectKeys)
            #expect(try await gateway.eventually { try await gateway.catalog.jobs(limit: 9).isEmpty })
            #expect(try await gateway.eventually { try await gateway.catalog.intents().isEmpty })
        }
    }

    @Test func `a 404 that is not the object's own deletes nothing`() async throws {
        let server = S3TestServer.seaweedFS
        let storage = try await server.configuration(bucket: try await server.makeBucket())
        let proxy = try FaultProxy(to: storage.endpoint) { request in
            // As a proxy on the way says it that does not know such requests.
            request.header("x-amz-copy-source") == nil ? .none : .status(404, code: "NoSuchKey")
        }
        defer { proxy.stop() }
        try await GatewayHarness.run(configure: { configuration in
            configuration.storage = storage
            configuration.storage.publicEndpoint = storage.endpoint
            configuration.storage.endpoint = proxy.endpoint
            configuration.attachments.inlineWait = .seconds(5)
        }) { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text.flatMap { UUID(uuidString: $0) })
            let source = try #require(try await gateway.catalog.attachment(id: id))
            // It is tried again later.
            #expect(try await gateway.send("POST", "/attachments/\(id)/revoke/").status == 202)
            #expect(try await gateway.catalog.attachment(id: id)?.objectKeys == source.objectKeys)
            #expect(try await fetch(before["url"]?.text).status == 200)
            #expect(try await gateway.catalog.jobs(limit: 9).map(\.kind) == [.revoke])
        }
    }

    @Test func `media work is done again on demand`() async throws {
        try await GatewayHarness.run { gateway in
            let before = try await uploadClip(gateway)
            let id = try #require(before["id"]?.text)
            let queued = try await gateway.send("POST", "/attachments/\(id)/reprocess/")
            #expect(queued.status == 202)
            #expect(queued.json["status"] == "processing")
            #expect(queued.json["thumbnail_url"] != .null)
            #expect(
                try await gateway.eventually {
                    try await gateway.send("GET", "/attachments/\(id)/").json["status"] == "ready"
                }
            )
            let paper = try await gateway.post(gateway.form(document(byteCount: 2000)))
            let refused = try await gateway.send("POST", "/attachments/\(paper.json["id"]?.text ?? "")/reprocess/")
            #expect(refused.status == 409)
            #expect(refused.code == "conflict")
        }
    }
}
