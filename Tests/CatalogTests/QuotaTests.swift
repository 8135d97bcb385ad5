import Catalog
import Foundation
import TestSupport
import Testing

/// What users and conversations have stored, and what they may.
struct QuotaTests {
    private let fixture: CatalogFixture

    init() async throws {
        fixture = try await CatalogFixture()
    }

    private func attachment(_ byteCount: Int64, by user: String = "ann") -> CatalogAttachment {
        let sample = fixture.attachment(status: .ready, uploadedBy: user)
        return CatalogAttachment(
            id: sample.id,
            messageID: sample.messageID,
            objectKey: sample.objectKey,
            fileName: sample.fileName,
            fileKind: .document,
            fileSize: byteCount,
            mediaType: "application/pdf",
            sha256: sample.sha256,
            status: .ready,
            uploadedBy: user,
            uploadedAt: sample.uploadedAt
        )
    }

    private func commit(_ attachment: CatalogAttachment, quotas: StorageQuotas = StorageQuotas()) async throws {
        try await fixture.catalog.insertIntent(fixture.intent(for: attachment))
        _ = try await fixture.catalog.commitUpload(
            attachment: attachment,
            activity: fixture.activity(.fileUploaded, of: attachment),
            quotas: quotas
        )
    }

    /// The breach that keeps the file out; nil where it is brought in.
    private func breach(
        _ byteCount: Int64,
        by user: String = "ann",
        _ quotas: StorageQuotas
    ) async throws -> QuotaBreach? {
        do {
            try await commit(attachment(byteCount, by: user), quotas: quotas)
            return nil
        } catch let error as CatalogError {
            #expect(error.code == .quotaExceeded)
            return error.breach
        }
    }

    @Test func `what is stored is counted by uploader and by conversation`() async throws {
        let catalog = fixture.catalog
        #expect(try catalog.usage(ofUser: "ann") == .none)
        let first = attachment(700)
        try await commit(first)
        try await commit(attachment(50))
        try await commit(attachment(1000, by: "bob"))
        #expect(try catalog.usage(ofUser: "ann") == StorageUsage(files: 2, bytes: 750))
        #expect(try catalog.usage(ofUser: "bob") == StorageUsage(files: 1, bytes: 1000))
        #expect(try catalog.usage(ofConversation: fixture.conversationID) == StorageUsage(files: 3, bytes: 1750))

        let deletion = fixture.activity(.fileDeleted, of: first)
        #expect(try await catalog.deleteAttachment(id: first.id, activity: deletion) != nil)
        #expect(try catalog.usage(ofUser: "ann") == StorageUsage(files: 1, bytes: 50))
        #expect(try catalog.usage(ofConversation: fixture.conversationID) == StorageUsage(files: 2, bytes: 1050))

        #expect(try await catalog.deleteMessage(id: fixture.message.id))
        #expect(try catalog.usage(ofUser: "ann") == .none)
        #expect(try catalog.usage(ofUser: "bob") == .none)
        #expect(try catalog.usage(ofConversation: fixture.conversationID) == .none)
        #expect(try fetchTexts("SELECT owner_id FROM storage_usage", at: fixture.path) == [])
    }

    @Test func `a deleted conversation takes its files out of the users' counts`() async throws {
        try await commit(attachment(700))
        #expect(try await fixture.catalog.deleteConversation(id: fixture.conversationID))
        #expect(try fixture.catalog.usage(ofUser: "ann") == .none)
        #expect(try fetchTexts("SELECT owner_id FROM storage_usage", at: fixture.path) == [])
    }

    @Test func `a quota can be filled to the byte and not by one more`() async throws {
        let quotas = StorageQuotas(userBytes: 1000)
        #expect(try await breach(600, quotas) == nil)
        let refusal = try #require(try await breach(401, quotas))
        #expect(refusal == QuotaBreach(owner: .user, unit: .bytes, limit: 1000, used: 600, added: 401))
        #expect(try await breach(400, quotas) == nil)
        #expect(try await breach(0, quotas) == nil, "an empty file takes nothing")
        #expect(try await breach(1, by: "bob", quotas) == nil, "another user has a quota of its own")
        #expect(try fixture.catalog.usage(ofUser: "ann") == StorageUsage(files: 3, bytes: 1000))
    }

    @Test func `files are counted too, and a conversation's quota is everybody's`() async throws {
        let quotas = StorageQuotas(userFiles: 2, conversationBytes: 100, conversationFiles: 3)
        #expect(try await breach(10, quotas) == nil)
        #expect(try await breach(10, quotas) == nil)
        #expect(
            try await breach(10, quotas) == QuotaBreach(owner: .user, unit: .files, limit: 2, used: 2, added: 1)
        )
        #expect(
            try await breach(81, by: "bob", quotas)
                == QuotaBreach(owner: .conversation, unit: .bytes, limit: 100, used: 20, added: 81)
        )
        #expect(try await breach(80, by: "bob", quotas) == nil)
        #expect(
            try await breach(0, by: "bob", quotas)
                == QuotaBreach(owner: .conversation, unit: .files, limit: 3, used: 3, added: 1)
        )
    }

    @Test func `uploads that race do not pass a quota together, and what is refused leaves nothing`() async throws {
        let quotas = StorageQuotas(userBytes: 550)
        let fits = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await breach(100, quotas) == nil } }
            return try await group.reduce(into: 0) { count, fits in count += fits ? 1 : 0 }
        }
        #expect(fits == 5)
        #expect(try fixture.catalog.usage(ofUser: "ann") == StorageUsage(files: 5, bytes: 500))
        #expect(
            try fetchTexts("SELECT count(*) || ' ' || sum(file_size) FROM attachment", at: fixture.path) == ["5 500"]
        )
        // The intents of the refused ones stay: the service takes back what they stand for.
        #expect(try await fixture.catalog.intents().count == 15)
    }

    private func breach(_ byteCount: Int64, _ quotas: StorageQuotas) async throws -> QuotaBreach? {
        try await breach(byteCount, by: "ann", quotas)
    }
}
