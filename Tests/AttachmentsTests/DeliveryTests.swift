import Catalog
import Curl
import Foundation
import HTTPTypes
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct DeliveryTests {
    @Test func `a presigned URL gives the file's bytes under its name and type`() async throws {
        let fixture = try await ServiceFixture()
        let bytes = document(byteCount: 3_000)
        let view = try await fixture.upload(bytes, name: "Müller’s paper.pdf")
        let curl = try CurlClient()
        let response = try await curl.send(CurlRequest(method: .get, url: try #require(view.url)))
        #expect(response.status == 200)
        #expect(response.headers[.contentType] == "application/pdf")
        let disposition = try #require(response.headers[.contentDisposition])
        #expect(disposition.hasPrefix("attachment"))
        #expect(disposition.contains("filename*=UTF-8''M%C3%BCller%E2%80%99s%20paper.pdf"))
        #expect(Array(try await response.body.collect(upTo: 1 << 20).readableBytesView) == bytes)
        await curl.shutdown()
    }

    @Test func `two answers in one window carry the same URL, and say when it ends`() async throws {
        let fixture = try await ServiceFixture()
        let first = try await fixture.upload(document(byteCount: 3_000))
        let second = try await fixture.service.attachment(id: first.attachment.id, for: fixture.bob)
        let window = Int(Date().timeIntervalSince1970) / 300
        let expiry = try #require(first.expiresAt)
        if Int(expiry.timeIntervalSince1970) - 900 == window * 300 {
            #expect(first.url == second.url)
        }
        let life = expiry.timeIntervalSinceNow
        #expect(life > 590 && life <= 900)
    }

    @Test func `a stranger sees no difference between another's attachment and none`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        for id in [view.attachment.id, UUID()] {
            await #expect {
                _ = try await fixture.service.attachment(id: id, for: fixture.stranger)
            } throws: { error in
                (error as? AttachmentError)?.code == .attachmentNotFound
                    && (error as? AttachmentError)?.message == AttachmentError.attachmentNotFound.message
            }
        }
    }

    @Test func `a removed participant sees nothing any more`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        _ = try await fixture.service.attachment(id: view.attachment.id, for: fixture.bob)
        _ = try await fixture.catalog.removeParticipant(
            conversationID: fixture.message.conversationID,
            userID: "bob"
        )
        #expect(
            await attachmentErrorCode {
                _ = try await fixture.service.attachment(id: view.attachment.id, for: fixture.bob)
            } == .attachmentNotFound
        )
    }

    @Test func `the uploader, an admin and a service may delete, other participants may not`() async throws {
        let fixture = try await ServiceFixture()
        for requester in [fixture.ann, fixture.admin, Requester(userID: "backend", isService: true)] {
            let view = try await fixture.upload(document(byteCount: 3_000))
            let id = view.attachment.id
            #expect(
                await attachmentErrorCode { try await fixture.service.delete(id: id, by: fixture.bob) } == .forbidden
            )
            #expect(
                await attachmentErrorCode {
                    try await fixture.service.delete(id: id, by: fixture.stranger)
                } == .attachmentNotFound
            )
            try await fixture.service.delete(id: id, by: requester)
            #expect(try await fixture.remains() == [])
            #expect(
                await attachmentErrorCode {
                    _ = try await fixture.service.attachment(id: id, for: fixture.ann)
                } == .attachmentNotFound
            )
        }
    }

    @Test func `uploads and deletions are in the activity log`() async throws {
        let fixture = try await ServiceFixture()
        let view = try await fixture.upload(document(byteCount: 3_000))
        try await fixture.service.delete(id: view.attachment.id, by: fixture.ann)
        let entries = try await fixture.catalog.activities(limit: 10)
        #expect(entries.map(\.action) == [.filePurged, .fileDeleted, .fileUploaded])
        #expect(
            entries.allSatisfy { $0.userID == "ann" && $0.clientAddress == "192.0.2.7" && $0.userAgent == "test/1" }
        )
        #expect(entries.allSatisfy { $0.attachmentID == view.attachment.id })
    }
}
