import Foundation
import Testing

@testable import Catalog

struct MetadataCacheTests {
    @Test func `what was read is known until a write changes it`() async throws {
        let cache = MetadataCache()
        let attachment = CatalogAttachment.sample()
        let conversation = UUID()
        #expect(cache.attachment(attachment.id, userID: "ann") == nil)
        cache.keep(attachment, conversationID: conversation, role: .admin, of: "ann", since: cache.epoch)
        cache.keep(attachment, conversationID: conversation, role: nil, of: "eve", since: cache.epoch)

        let known = try #require(cache.attachment(attachment.id, userID: "ann"))
        #expect(known.attachment == attachment)
        #expect(known.conversationID == conversation)
        #expect(known.role == .admin)
        let stranger = try #require(cache.attachment(attachment.id, userID: "eve"))
        #expect(stranger.role == nil)
        #expect(cache.attachment(attachment.id, userID: "bob") == nil)

        cache.apply(.nothing)
        cache.apply(.attachment(UUID()))
        #expect(cache.attachment(attachment.id, userID: "ann") != nil)
        cache.apply(.attachment(attachment.id))
        #expect(cache.attachment(attachment.id, userID: "ann") == nil)
        #expect(cache.attachment(attachment.id, userID: "eve") == nil)
    }

    @Test(arguments: [MetadataChange.attachment(UUID()), .everything])
    func `what was read before a change is not kept after it`(_ change: MetadataChange) {
        let cache = MetadataCache()
        let attachment = CatalogAttachment.sample()
        let epoch = cache.epoch
        cache.apply(change)
        cache.keep(attachment, conversationID: UUID(), role: .member, of: "ann", since: epoch)
        #expect(cache.attachment(attachment.id, userID: "ann") == nil)
    }

    @Test func `memory is bounded, and what is asked for stays`() {
        var values = RecentValues<Int, Int>(capacity: 100)
        for number in 0..<10_000 {
            values[number] = number
            // Asked for all the time.
            #expect(values[0] == 0)
            #expect(values.count <= 100)
        }
        #expect(values[9_999] == 9_999)
        #expect(values[5_000] == nil)
        values[0] = nil
        #expect(values[0] == nil)
    }

    @Test func `a member who is removed is a stranger at once, however often was asked before`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        for _ in 0..<3 {
            let found = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann")
            #expect(found?.role == .member)
            let membership = try await fixture.catalog.membership(messageID: attachment.messageID, userID: "ann")
            #expect(membership?.role == .member)
        }
        _ = try await fixture.catalog.removeParticipant(conversationID: fixture.conversationID, userID: "ann")
        let found = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann")
        #expect(found != nil)
        #expect(found?.role == nil)
        #expect(try await fixture.catalog.membership(messageID: attachment.messageID, userID: "ann")?.role == nil)
    }

    @Test func `what another process writes is seen before long`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        let found = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann")
        #expect(found?.role == .member)

        let other = try Catalog.open(path: fixture.path)
        _ = try await other.removeParticipant(conversationID: fixture.conversationID, userID: "ann")
        try other.close()
        // A quarter of a second; and then the first answer is right, however long nobody asked.
        try await Task.sleep(for: .milliseconds(300))
        let later = try await fixture.catalog.attachmentWithMembership(id: attachment.id, userID: "ann")
        #expect(later != nil)
        #expect(later?.role == nil)
    }
}

extension CatalogAttachment {
    fileprivate static func sample() -> CatalogAttachment {
        CatalogAttachment(
            id: .version7(),
            messageID: .version7(),
            objectKey: "a.original",
            fileName: "a.bin",
            fileKind: .other,
            fileSize: 1,
            mediaType: "application/octet-stream",
            sha256: String(repeating: "0", count: 64),
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
    }
}
