import Catalog
import Foundation
import TestSupport
import Testing

@testable import Migration

struct BareInventoryTests {
    @Test func `everything keeps its name behind the prefix, and gets no record`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write([1, 2, 3], to: "a/b c+d.bin")
        try directory.write("x", to: "é.txt")
        let found = try await all(of: BareInventory(store: try DirectoryStore(path: directory.path), keyPrefix: "old/"))
        #expect(found.items.map(\.location) == ["a/b c+d.bin", "é.txt"])
        #expect(found.items.map(\.targetKey) == ["old/a/b c+d.bin", "old/é.txt"])
        #expect(found.items.map(\.byteCount) == [3, 1])
        #expect(found.items.allSatisfy { $0.attachmentID == nil && $0.modifiedAt != nil })
        #expect(found.attachments.isEmpty && found.complaints.isEmpty)
        let bare = try await all(of: BareInventory(store: try DirectoryStore(path: directory.path)))
        #expect(bare.items.map(\.targetKey) == ["a/b c+d.bin", "é.txt"])
    }

    @Test func `with an owner everything is an attachment of the message, with the same id each time`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(SampleBytes.png, to: "holiday/1.png")
        try directory.write("text", to: "holiday/2.txt")
        let owner = BareInventory.Owner(messageID: UUID.version7(), userID: "ann")
        let inventory = BareInventory(store: try DirectoryStore(path: directory.path), owner: owner)
        let found = try await all(of: inventory)
        #expect(found.attachments.map(\.attachment.fileName) == ["1.png", "2.txt"])
        #expect(found.attachments.map(\.attachment.mediaType) == ["image/png", "text/plain"])
        #expect(found.attachments.allSatisfy { $0.attachment.messageID == owner.messageID })
        #expect(found.attachments.allSatisfy { $0.attachment.uploadedBy == "ann" })
        #expect(found.items.map(\.attachmentID) == found.attachments.map(\.attachment.id))
        #expect(Set(found.items.map(\.targetKey)).count == 2)
        #expect(found.items.allSatisfy { $0.targetKey.hasSuffix(".original") })
        #expect(try await all(of: inventory).items == found.items)
        let other = BareInventory.Owner(messageID: UUID.version7(), userID: "ann")
        let others = try await all(of: BareInventory(store: try DirectoryStore(path: directory.path), owner: other))
        #expect(Set(others.attachments.map(\.attachment.id)).isDisjoint(with: found.attachments.map(\.attachment.id)))
    }
}
