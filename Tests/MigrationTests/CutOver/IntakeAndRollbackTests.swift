import Catalog
import Crypto
import Foundation
import Migration
import TestSupport
import Testing

struct IntakeAndRollbackTests {
    /// Batches that are given by hand.
    private struct FixedInventory: MigrationInventory {
        let batches: [InventoryBatch]

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            for batch in batches { try await body(batch) }
        }
    }

    private struct Stage {
        let directory = try? TemporaryDirectory()
        let files: String
        let catalog: Catalog
        let journal: MigrationJournal
        let source: DirectoryStore
        let attachmentIDs = (0..<3).map { _ in UUID.version7() }

        init() throws {
            let directory = try #require(directory)
            files = directory.file("media")
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            for index in 0..<3 {
                try Data(repeating: 7, count: 100 + index).write(to: URL(fileURLWithPath: "\(files)/\(index).bin"))
            }
            catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
            _ = try catalog.migrate()
            source = try DirectoryStore(path: files)
            journal = try MigrationJournal.open(
                path: directory.file("migration.sqlite"),
                source: source.identity,
                target: "s3:http://127.0.0.1:1/bucket"
            )
        }

        var intake: MigrationIntake { MigrationIntake(catalog: catalog, journal: journal, source: source) }

        func key(_ index: Int) -> String { "attachments/\(attachmentIDs[index].uuidString.lowercased())/original" }

        /// A conversation with a message that has all the attachments, and one more of a message that nobody knows.
        func batch() -> InventoryBatch {
            let conversation = Conversation(id: UUID.version7(), createdAt: Date(timeIntervalSince1970: 1_700_000_000))
            let message = Message(
                id: UUID.version7(),
                conversationID: conversation.id,
                senderID: "ann",
                createdAt: Date(timeIntervalSince1970: 1_700_000_000)
            )
            var batch = InventoryBatch()
            let ann = Participant(conversationID: conversation.id, userID: "ann", role: .member)
            batch.conversations = [ImportedConversation(conversation: conversation, participants: [ann])]
            batch.messages = [message]
            for index in 0..<3 { add(index, to: message.id, in: &batch) }
            batch.complaints = [MigrationComplaint(kind: .missing, subject: "x", reason: "it is not there")]
            return batch
        }

        func add(_ index: Int, to messageID: UUID, in batch: inout InventoryBatch) {
            let attachment = Attachment(
                id: attachmentIDs[index],
                messageID: messageID,
                objectKey: key(index),
                fileName: "\(index).bin",
                fileKind: .other,
                fileSize: Int64(100 + index),
                mediaType: "application/octet-stream",
                sha256: nil,
                status: .ready,
                uploadedBy: "ann",
                uploadedAt: Date(timeIntervalSince1970: 1_700_000_000)
            )
            let locations = [key(index): "\(index).bin"]
            batch.attachments.append(ImportedAttachment(attachment: attachment, locations: locations))
            batch.items.append(
                MigrationItem(
                    location: "\(index).bin",
                    targetKey: key(index),
                    byteCount: Int64(100 + index),
                    attachmentID: attachmentIDs[index]
                )
            )
        }
    }

    @Test func `records come before objects, and a second time nothing is new`() async throws {
        let stage = try Stage()
        let inventory = FixedInventory(batches: [stage.batch()])
        let intake = stage.intake
        var report = try await intake.take(inventory)
        #expect(report.conversations == 1)
        #expect(report.messages == 1)
        #expect(report.adopted == 3)
        #expect(report.known == 0)
        #expect(report.newObjects == 3)
        #expect(report.complaintCount == 1)
        #expect(try await stage.journal.complaints().first == report.complaints)
        let waiting = try await stage.catalog.waitingPlaces(store: stage.source.identity, limit: 10)
        #expect(Set(waiting.map(\.objectKey)) == Set((0..<3).map(stage.key)))
        report = try await intake.take(inventory)
        #expect(report.adopted == 0)
        #expect(report.known == 3)
        #expect(report.newObjects == 0)
        #expect(try await stage.journal.totals().planned.objects == 3)
    }

    @Test func `who was taken out of a conversation since the first run stays out, and who is new comes in`()
        async throws
    {
        let stage = try Stage()
        var batch = stage.batch()
        let id = batch.conversations[0].conversation.id
        // Two users, though Swift takes their names for the same text.
        let users = ["ann", "bob", "u\u{308}", "\u{FC}"]
        let places = { (users: [String]) in
            users.map { Participant(conversationID: id, userID: $0, role: .member) }
        }
        batch.conversations[0].participants = places(users)
        let intake = stage.intake
        _ = try await intake.take(FixedInventory(batches: [batch]))
        #expect(try await stage.catalog.participants(conversationID: id).count == 4)
        #expect(try await stage.catalog.removeParticipant(conversationID: id, userID: "bob"))
        #expect(try await stage.catalog.removeParticipant(conversationID: id, userID: "\u{FC}"))

        batch.conversations[0].participants = places(users + ["cem"])
        let report = try await intake.take(FixedInventory(batches: [batch, batch]))
        #expect(report.conversations == 2)
        let left = try await stage.catalog.participants(conversationID: id).map { Array($0.userID.utf8) }
        #expect(Set(left) == Set(["ann", "cem", "u\u{308}"].map { Array($0.utf8) }))

        // A conversation that is not there is brought whole: else nobody would see it in a catalog that was restored.
        #expect(try await stage.catalog.deleteConversation(id: id))
        _ = try await intake.take(FixedInventory(batches: [batch]))
        #expect(try await stage.catalog.participants(conversationID: id).count == 5)
    }

    // A manifest names the participants of a conversation line by line, in one batch and the next.
    @Test func `a conversation that was deleted is brought whole, in however many batches it comes`() async throws {
        let stage = try Stage()
        let first = stage.batch()
        let id = first.conversations[0].conversation.id
        var second = InventoryBatch()
        second.conversations = first.conversations
        second.conversations[0].participants = [Participant(conversationID: id, userID: "bob", role: .member)]
        let inventory = FixedInventory(batches: [first, second])
        for _ in 0..<2 {
            _ = try await stage.intake.take(inventory)
            let users = try await stage.catalog.participants(conversationID: id).map(\.userID)
            #expect(users.sorted() == ["ann", "bob"])
            #expect(try await stage.catalog.deleteConversation(id: id))
        }
    }

    @Test func `an attachment of an unknown message is a complaint, and its object is not taken in`() async throws {
        let stage = try Stage()
        var batch = InventoryBatch()
        stage.add(0, to: UUID.version7(), in: &batch)
        let report = try await stage.intake
            .take(FixedInventory(batches: [batch]))
        #expect(report.adopted == 0)
        #expect(report.newObjects == 0)
        #expect(report.complaints.map(\.kind) == [.invalid])
        #expect(report.complaints.first?.subject == "attachment \(stage.attachmentIDs[0].uuidString.lowercased())")
        #expect(try await stage.journal.totals().planned.objects == 0)
    }

    @Test func `what the caller throws between batches ends the intake`() async throws {
        let stage = try Stage()
        let inventory = FixedInventory(batches: [stage.batch(), stage.batch()])
        let intake = stage.intake
        await #expect(throws: CancellationError.self) {
            _ = try await intake.take(inventory) { _ in throw CancellationError() }
        }
        // The first batch is whole.
        #expect(try await stage.journal.totals().planned.objects == 3)
    }

    @Test func `a rollback returns what the old place still has as it was`() async throws {
        let stage = try Stage()
        let inventory = FixedInventory(batches: [stage.batch()])
        _ = try await stage.intake.take(inventory)
        for index in 0..<3 {
            let arrived = ArrivedObject(
                objectKey: stage.key(index),
                store: stage.source.identity,
                byteCount: Int64(100 + index),
                sha256: SHA256.hash(data: Data(repeating: 7, count: 100 + index)).map { String(format: "%02x", $0) }
                    .joined()
            )
            _ = try await stage.catalog.finishMove(arrived)
        }
        // One is gone, one has another length by now.
        try FileManager.default.removeItem(atPath: "\(stage.files)/1.bin")
        try Data(repeating: 7, count: 500).write(to: URL(fileURLWithPath: "\(stage.files)/2.bin"))
        let rollback = MigrationRollback(catalog: stage.catalog, source: stage.source, journal: stage.journal)
        let report = try await rollback.run()
        #expect(report.returned == 1)
        #expect(report.kept == 2)
        #expect(report.changed == 1)
        #expect(report.unproved == 0)
        #expect(Set(report.examples) == ["1.bin", "2.bin"])
        let waiting = try await stage.catalog.waitingPlaces(store: stage.source.identity, limit: 10)
        #expect(waiting.map(\.objectKey) == [stage.key(0)])
        let again = try await rollback.run()
        #expect(again.returned == 0)
    }
}
