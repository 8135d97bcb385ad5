import Catalog
import Foundation
import TestSupport
import Testing

/// What is in the way of objects that are still to be made.
struct KeyHindranceTests {
    /// The keys of a step of the ladder and of its index.
    private func keys(of attachment: CatalogAttachment) -> [String] {
        let folder = attachment.objectKey.replacingOccurrences(of: "original", with: "")
        return ["\(folder)hls720p.mp4", "\(folder)hls720pindex.json"]
    }

    @Test(arguments: [0, 1])
    func `an intent for one of the keys is in the way until it is gone, whoever has it`(index: Int) async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        let keys = keys(of: attachment)
        let none = try await fixture.catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id)
        #expect(none == nil)
        let worker = try Catalog.open(path: fixture.path)
        try await worker.registerRunner(.work, processID: 2, at: fixture.start)
        let intent = UploadIntent(
            id: .version7(),
            objectKey: keys[index],
            userID: "ann",
            createdAt: fixture.start
        )
        try await worker.insertIntent(intent)
        for catalog in [fixture.catalog, worker] {
            let found = try await catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id)
            #expect(found == .intent)
        }
        #expect(try await worker.removeIntent(id: intent.id))
        let after = try await fixture.catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id)
        #expect(after == nil)
    }

    @Test func `a deletion that is queued is in the way as it is for intents`() async throws {
        let fixture = try await CatalogFixture()
        let attachment = fixture.attachment()
        try await fixture.commit(attachment)
        let keys = keys(of: attachment)
        #expect(try await fixture.catalog.condemn(key: keys[1]) != nil)
        let found = try await fixture.catalog.hindrance(toStoringUnder: keys, renditionsOf: attachment.id)
        #expect(found == .deletion)
        let others = try await fixture.catalog.hindrance(toStoringUnder: ["a/other"], renditionsOf: attachment.id)
        #expect(others == nil)
        let code = try await errorCode {
            try await fixture.catalog.insertIntents(
                keys.map { UploadIntent(id: .version7(), objectKey: $0, userID: "ann", createdAt: fixture.start) },
                refusingKeysInDeletion: true
            )
        }
        #expect(code == .constraint)
    }

    @Test func `a rendition that is still to be moved is in the way of those of its attachment`() async throws {
        let fixture = try await CatalogFixture()
        let candidate = fixture.candidate()
        #expect(try await fixture.adopt(candidate) == .adopted)
        let id = candidate.attachment.id
        let found = try await fixture.catalog.hindrance(toStoringUnder: ["a/b"], renditionsOf: id)
        #expect(found == .move)
        let other = fixture.attachment()
        try await fixture.commit(other)
        let none = try await fixture.catalog.hindrance(toStoringUnder: ["a/b"], renditionsOf: other.id)
        #expect(none == nil)
    }
}
