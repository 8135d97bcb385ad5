import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// Two records of the old system that are of one file, of which a user deletes the first before the second was read.
struct SharedFileTests {
    private struct Broken: Error {}

    /// A batch for each of the attachments; `before` is called before each batch with its number.
    private struct Pages: MigrationInventory {
        let batches: [InventoryBatch]
        let before: @Sendable (Int) async throws -> Void

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            for (number, batch) in batches.enumerated() {
                try await before(number)
                try await body(batch)
            }
        }
    }

    private struct Stage {
        let directory: TemporaryDirectory
        let catalog: Catalog
        let journal: MigrationJournal
        let source: DirectoryStore
        let first = UUID()
        let second = UUID()

        init() async throws {
            directory = try TemporaryDirectory()
            try directory.write([1, 2, 3], to: "media/shared.bin")
            catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
            try catalog.migrate()
            source = try DirectoryStore(path: directory.file("media"))
            journal = try MigrationJournal.open(
                path: directory.file("migration.sqlite"),
                source: source.identity,
                target: "s3:http://127.0.0.1:1/bucket"
            )
            let conversation = UUID()
            try await catalog.putConversation(id: conversation, participants: [])
            for id in [first, second] {
                try await catalog.putMessage(
                    Message(id: id, conversationID: conversation, senderID: "ann", createdAt: Date())
                )
            }
        }

        func batch(_ id: UUID) -> InventoryBatch {
            let candidate = AdoptionCandidate.waiting(
                id,
                in: id,
                kind: .other,
                mediaType: "text/plain",
                sha256: nil,
                location: "shared.bin"
            )
            var batch = InventoryBatch()
            batch.attachments = [
                ImportedAttachment(attachment: candidate.attachment, locations: candidate.locations)
            ]
            batch.items = [
                MigrationItem(
                    location: "shared.bin",
                    targetKey: candidate.attachment.objectKey,
                    attachmentID: id
                )
            ]
            return batch
        }

        func take(before: @escaping @Sendable (Int) async throws -> Void) async throws -> MigrationIntake.Report {
            try await MigrationIntake(catalog: catalog, journal: journal, source: source)
                .take(Pages(batches: [batch(first), batch(second)], before: before))
        }

        /// What the server is to delete at the source, and whether it may.
        func deletions() async throws -> [Bool] {
            try await catalog.doomedPlaces(store: source.identity, limit: 9).map { try catalog.mayDelete($0) }
        }

        /// A user deletes the first attachment, a second after the inventory was begun: times of places are kept in those.
        func deleteFirst() async throws {
            try await Task.sleep(for: .seconds(1.1))
            let isDeleted = try await catalog.deleteMessage(id: first)
            #expect(isDeleted)
        }
    }

    @Test func `a file stays for the record that comes after the deletion`() async throws {
        let stage = try await Stage()
        let report = try await stage.take { number in
            guard number == 1 else { return }
            try await stage.deleteFirst()
            let deletions = try await stage.deletions()
            #expect(deletions == [])
        }
        #expect(report.adopted == 2)
        #expect(report.complaints == [])
        let deletions = try await stage.deletions()
        #expect(deletions == [false])
        let waiting = try await stage.catalog.attachment(id: stage.second)?.waitingPlaces.count
        #expect(waiting == 1)
    }

    @Test func `after a reading that broke off nothing is deleted until one came to its end`() async throws {
        let stage = try await Stage()
        await #expect(throws: Broken.self) {
            _ = try await stage.take { number in if number == 1 { throw Broken() } }
        }
        try await stage.deleteFirst()
        var deletions = try await stage.deletions()
        #expect(deletions == [])
        let report = try await stage.take { _ in }
        #expect(report.adopted == 1)
        #expect(report.deletedBefore == 1)
        #expect(report.complaints == [])
        deletions = try await stage.deletions()
        #expect(deletions == [false])
        // With the last that has it, the file goes.
        #expect(try await stage.catalog.deleteMessage(id: stage.second))
        deletions = try await stage.deletions()
        #expect(deletions == [true, true])
    }

    @Test func `what was deleted before the inventory was begun is taken by nobody`() async throws {
        let stage = try await Stage()
        let only = Pages(batches: [stage.batch(stage.first)]) { _ in }
        _ = try await MigrationIntake(catalog: stage.catalog, journal: stage.journal, source: stage.source).take(only)
        #expect(try await stage.catalog.deleteMessage(id: stage.first))
        #expect(try await stage.deletions() == [true])
        let report = try await stage.take { _ in }
        #expect(report.adopted == 0)
        #expect(report.complaints.map(\.kind) == [.conflict])
        #expect(try await stage.deletions() == [true])
    }

    @Test func `a cut-over leaves behind what was not read, and holds nothing back any more`() async throws {
        let stage = try await Stage()
        await #expect(throws: Broken.self) {
            _ = try await stage.take { number in if number == 1 { throw Broken() } }
        }
        try await stage.deleteFirst()
        #expect(try await stage.deletions() == [])
        _ = try await stage.catalog.cutOver(store: stage.source.identity)
        #expect(try await stage.deletions() == [true])
    }
}
