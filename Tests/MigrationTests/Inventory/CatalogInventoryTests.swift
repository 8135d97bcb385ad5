import Catalog
import Foundation
import Migration
import TestSupport
import Testing

struct CatalogInventoryTests {
    @Test func `what waits in the store is handed out with what its record tells`() async throws {
        let project = try OldProject()
        try project.media.write(SampleBytes.jpeg, to: "t.jpg")
        for number in 1...3 {
            try project.add(
                number,
                file: "\(number).png",
                bytes: SampleBytes.png,
                thumbnail: number == 1 ? "t.jpg" : nil,
                width: 3,
                height: 2
            )
        }
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        let wanted = try await all(of: try project.inventory())
        #expect(try await wanted.importRecords(into: catalog).isEmpty)
        let store = project.folder.identity
        let outcomes = try await catalog.adoptAttachments(
            wanted.attachments.map { AdoptionCandidate(attachment: $0.attachment, locations: $0.locations) },
            store: store
        )
        #expect(outcomes == [.adopted, .adopted, .adopted])

        let found = try await all(of: CatalogInventory(catalog: catalog, store: store))
        let byKey = { (items: [MigrationItem]) in items.sorted { $0.targetKey < $1.targetKey } }
        #expect(found.items.map(\.targetKey) == wanted.items.map(\.targetKey).sorted())
        for (item, other) in zip(byKey(found.items), byKey(wanted.items)) {
            #expect(item.location == other.location)
            #expect(item.byteCount == other.byteCount)
            #expect(item.contentType == other.contentType)
            #expect(item.attachmentID == other.attachmentID)
            #expect(item.rendition == other.rendition)
        }
        #expect(found.attachments.isEmpty && found.messages.isEmpty)
        #expect(try await all(of: CatalogInventory(catalog: catalog, store: "directory:/elsewhere")).items.isEmpty)
        #expect(try await catalog.knownAttachments(wanted.attachments.map(\.attachment.id) + [UUID()]).count == 3)
    }
}
