import Catalog
import Foundation
import GRDB
import Migration
import S3
import TestSupport
import Testing

/// Another installation's catalog and bucket as a source.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct SatchelDatabaseTests {
    private let fixture: MigrationFixture
    private let other: OtherInstallation
    private let catalog: Catalog
    private let directory: TemporaryDirectory

    init() async throws {
        fixture = try await MigrationFixture()
        other = try await OtherInstallation()
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
    }

    /// One run of `satchel storage migrate`: the inventory, then the objects.
    private func migrate() async throws -> (report: MigrationIntake.Report, totals: MigrationTotals) {
        let journal = try fixture.journal(of: other.store)
        let report = try await MigrationIntake(catalog: catalog, journal: journal, source: other.store)
            .take(try other.inventory())
        try await journal.close()
        let recorder = CatalogRecorder(catalog: catalog, store: other.store.identity)
        return (report, try await fixture.run(from: other.store, recorder: recorder))
    }

    @Test func `everything is taken over as it is there, and the objects are moved`() async throws {
        let bytes = SampleBytes.png + MigrationFixture.noise(5000)
        var stripped = OtherAttachment()
        // Metadata was taken out of it on its way in: two digests.
        stripped.received = String(repeating: "7", count: 64)
        var broken = OtherAttachment()
        broken.status = .failed
        broken.failureReason = "processing_failed"
        broken.hasRenditions = false
        let attachments = [
            try await other.add(bytes), try await other.add(SampleBytes.png, stripped),
            try await other.add(Array("no picture".utf8), broken),
        ]

        let first = try await migrate()
        #expect(first.report.complaints == [])
        #expect(first.report.conversations == 1)
        #expect(first.report.adopted == 3)
        #expect(first.report.newObjects == 7)
        #expect(first.totals.done.objects == 7)
        #expect(first.totals.failed.isEmpty)

        #expect(try await catalog.conversation(id: other.conversation.id) == other.conversation)
        let participants = try await catalog.participants(conversationID: other.conversation.id)
        #expect(participants == other.participants)
        for attachment in attachments {
            #expect(try await catalog.attachment(id: attachment.id) == attachment)
            let message = try await other.catalog.message(id: attachment.messageID)
            #expect(message != nil)
            #expect(try await catalog.message(id: attachment.messageID) == message)
        }
        #expect(try await fixture.content(attachments[0].objectKey) == bytes)
        #expect(try await fixture.content(attachments[0].renditions[1].objectKey) == Array("preview".utf8))
        #expect(try await fixture.plain.headObject(key: attachments[0].objectKey).contentType == "image/png")

        // What came since is taken in; what is there is let alone.
        let later = try await other.add(SampleBytes.png)
        let sent = fixture.count("PutObject") + fixture.count("CopyObject")
        let second = try await migrate()
        #expect(second.report.known == 3)
        #expect(second.report.adopted == 1)
        #expect(second.report.newObjects == 3)
        #expect(fixture.count("PutObject") + fixture.count("CopyObject") == sent + 3)
        #expect(try await catalog.attachment(id: later.id) == later)
    }

    @Test func `other bytes than the recorded digest is of are a failure`() async throws {
        let attachment = try await other.add(Array("the bytes".utf8))
        try await other.put(Array("The bytes".utf8), attachment.objectKey)
        let outcome = try await migrate()
        #expect(outcome.report.adopted == 1)
        #expect(outcome.totals.failed[.digestMismatch]?.objects == 1)
        #expect(outcome.totals.done.objects == 2)
    }

    /// Something about an attachment of the other installation that keeps it from being brought.
    enum Fault: CaseIterable {
        case unfinished, unscanned, waiting, missing, otherLength
    }

    @Test(arguments: [
        (Fault.unfinished, MigrationComplaint.Kind.invalid, "let that server end it, then give this command again"),
        (.unscanned, .invalid, "a scanner is still to look it through there: let that server end it"),
        (.waiting, .invalid, "waits in directory:/srv/media, the old place of that installation: end that migration"),
        (.missing, .missing, "is not there"),
        (.otherLength, .invalid, "has 5 bytes, and 32 by the record"),
    ])
    func `what is not finished there, or not what was recorded, is told of and left out`(
        fault: Fault,
        kind: MigrationComplaint.Kind,
        reason: String
    ) async throws {
        let fine = try await other.add(SampleBytes.png)
        var fields = OtherAttachment()
        if fault == .unfinished { fields.status = .processing }
        let attachment = try await other.add(Array(repeating: 7, count: 32), fields)
        switch fault {
        case .unfinished: break
        case .unscanned:
            // As one that had failed before it came there and was to be scanned.
            let queue = try DatabaseQueue(path: other.path)
            try await queue.write { db in
                try db.execute(
                    sql: "UPDATE attachment SET hold = 'scan', status = 'failed', failure_reason = 'x' WHERE id = ?",
                    arguments: [attachment.id.text]
                )
            }
            try queue.close()
        case .missing: try await other.client.deleteObject(key: attachment.objectKey)
        case .otherLength: try await other.put(Array("other".utf8), attachment.objectKey)
        case .waiting:
            let queue = try DatabaseQueue(path: other.path)
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO old_place (object_key, store, attachment_id, location, state, changed_at)
                        VALUES (?, 'directory:/srv/media', ?, 'a.png', 'waiting', 0)
                        """,
                    arguments: [attachment.objectKey, attachment.id.text]
                )
            }
            try queue.close()
        }
        let outcome = try await migrate()
        #expect(outcome.report.adopted == 1)
        #expect(outcome.report.complaints.map(\.kind) == [kind])
        #expect(outcome.report.complaints.first?.subject == "attachment \(attachment.id.text)")
        #expect(outcome.report.complaints.first?.reason.contains(reason) == true)
        #expect(try await catalog.attachment(id: attachment.id) == nil)
        #expect(try await catalog.attachment(id: fine.id) == fine)
    }

    @Test func `an attachment without its thumbnail is brought, and a new one is made`() async throws {
        let attachment = try await other.add(SampleBytes.png)
        try await other.client.deleteObject(key: attachment.renditions[0].objectKey)
        let outcome = try await migrate()
        #expect(outcome.report.adopted == 1)
        #expect(outcome.report.complaints.isEmpty)
        #expect(outcome.report.remarks.map(\.kind) == [.missing])
        #expect(outcome.report.remarks.first?.reason.hasSuffix("is not there; a new one is made") == true)
        let brought = try #require(try await catalog.attachment(id: attachment.id))
        #expect(brought.renditions.map(\.name) == ["preview"])
        let jobs = try await catalog.jobs(limit: 10)
        #expect(jobs.map(\.attachmentID) == [attachment.id])
    }

    @Test func `ids that this catalog has for something else are told of, and nothing is changed`() async throws {
        let attachment = try await other.add(SampleBytes.png)
        let message = Message(
            id: attachment.messageID,
            conversationID: other.conversation.id,
            senderID: "carl",
            createdAt: attachment.uploadedAt
        )
        try await catalog.putConversation(id: other.conversation.id, participants: [])
        try await catalog.putMessage(message)
        let own = AdoptionCandidate.waiting(
            attachment.id,
            in: message.id,
            kind: .other,
            mediaType: "text/plain",
            sha256: nil,
            location: "elsewhere"
        )
        #expect(try await catalog.adoptAttachments([own], store: "directory:/elsewhere") == [.adopted])
        let outcome = try await migrate()
        #expect(outcome.report.complaints.map(\.kind) == [.conflict, .conflict])
        #expect(
            outcome.report.complaints.map(\.subject)
                == ["message \(message.id.text)", "attachment \(attachment.id.text)"]
        )
        #expect(outcome.report.newObjects == 0)
        #expect(try await catalog.message(id: message.id) == message)
        #expect(try await catalog.attachment(id: attachment.id)?.mediaType == "text/plain")
    }

    @Test(arguments: 3...7)
    func `a catalog of an older release is read, and stays of that release`(stepsLeft: Int) async throws {
        var plain = OtherAttachment()
        plain.hasRenditions = false
        let attachments = [try await other.add(SampleBytes.png), try await other.add(Array("x".utf8), plain)]
        let undone = try other.catalog.rollback(steps: SchemaVersion.all.count - stepsLeft)
        #expect(try other.catalog.schemaStatus().applied.count == stepsLeft)
        let outcome = try await migrate()
        #expect(outcome.report.complaints == [])
        #expect(outcome.totals.failed.isEmpty)
        for attachment in attachments {
            let brought = try #require(try await catalog.attachment(id: attachment.id))
            #expect(brought.storedSHA256 == attachment.storedSHA256)
            #expect(brought.fileName == attachment.fileName)
            #expect(brought.uploadedAt == attachment.uploadedAt)
            // The oldest know one thumbnail, and no other picture.
            let names = stepsLeft == 3 ? ["thumbnail"] : ["thumbnail", "preview"]
            #expect(brought.renditions.map(\.name) == (attachment.renditions.isEmpty ? [] : names))
        }
        #expect(try other.catalog.schemaStatus().pending == undone.reversed())
    }

    @Test func `a catalog of a newer release is refused by name`() async throws {
        let queue = try DatabaseQueue(path: other.path)
        try await queue.write { db in
            try db.execute(sql: "INSERT INTO schema_migration (name, applied_at) VALUES ('999-later', 0)")
        }
        try queue.close()
        let error = try await migrationError { _ = try other.inventory() }
        #expect(error?.code == .inventoryUnreadable)
        #expect(error?.message.contains("is the catalog of a newer release") == true)
        #expect(error?.message.contains("999-later") == true)
    }

    @Test func `another program's database, a text and a folder are refused`() async throws {
        let foreign = directory.file("django.sqlite3")
        let queue = try DatabaseQueue(path: foreign)
        try await queue.write { db in try db.execute(sql: "CREATE TABLE chat_message (id TEXT)") }
        try queue.close()
        try directory.write(String(repeating: "no database\n", count: 100), to: "text")
        for (path, reason) in [
            (foreign, "is no catalog of Satchel's"), (directory.file("text"), "is no SQLite database"),
            (directory.path, "is not there, or is no file"),
        ] {
            let error = try await migrationError { _ = try SatchelDatabase(path: path, files: other.store) }
            #expect(error?.code == .inventoryUnreadable)
            #expect(error?.message.contains(reason) == true)
        }
    }
}
