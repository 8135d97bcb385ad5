import Catalog
import Crypto
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

    @Test(arguments: [
        ("plain/name.txt", "plain/name.txt"),
        ("libstdc++.rpm", "libstdc++.rpm"),
        ("a?b#c%20&=;'\".txt", "a?b#c%20&=;'\".txt"),
        ("a//b", "a/%2F/b"),
        ("./a/../b", "%2E/a/%2E%2E/b"),
        ("folder/", "folder/%2F"),
        ("line\nbreak\u{7F}\u{1}", "line%0Abreak%7F%01"),
        ("..a/.b", "..a/.b"),
        ("写真/🎉", "写真/🎉"),
    ])
    func `what a storage does not take in a key is encoded`(location: String, key: String) {
        #expect(BareKey.key(location, prefix: "p/") == "p/" + key)
    }

    @Test func `a key of more than 1,024 bytes is cut between characters, and told apart by its digest`() {
        let long = String(repeating: "写", count: 400)
        let key = BareKey.key(long + "1", prefix: "p/")
        let digest = SHA256.hash(data: Array((long + "1").utf8)).description.split(separator: " ").last ?? ""
        #expect(key.utf8.count <= 1024 && key.utf8.count > 1020)
        #expect(key.hasPrefix("p/写写写"))
        #expect(key.hasSuffix("写~\(digest.prefix(32))"))
        #expect(BareKey.key(long + "2", prefix: "p/") != key)
        let longest = String(repeating: "x", count: 1024)
        #expect(BareKey.key(longest, prefix: "") == longest)
    }
}
