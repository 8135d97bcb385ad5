import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// Files of the old system under a name that a deleted attachment's file had.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct ReusedNameTests {
    private struct OneBatch: MigrationInventory {
        let batch: InventoryBatch

        func read(_ body: (InventoryBatch) async throws -> Void) async throws { try await body(batch) }
    }

    /// Takes an attachment in that has the file of another; its message is there.
    private func takeIn(
        _ id: UUID,
        fileOf other: UUID,
        into files: MovedFiles
    ) async throws -> MigrationIntake.Report {
        try await files.catalog.putConversation(id: id, participants: [])
        try await files.catalog.putMessage(
            Message(id: id, conversationID: id, senderID: "ann", createdAt: Date(timeIntervalSince1970: 1_736_899_200))
        )
        let location = MovedFiles.location(of: other)
        let candidate = AdoptionCandidate.waiting(
            id,
            in: id,
            kind: .other,
            mediaType: "text/plain",
            sha256: nil,
            location: location
        )
        var batch = InventoryBatch()
        batch.attachments = [
            ImportedAttachment(attachment: candidate.attachment, locations: candidate.locations)
        ]
        batch.items = [MigrationItem(location: location, targetKey: files.key(of: id), attachmentID: id)]
        return try await files.withJournal { journal in
            try await MigrationIntake(catalog: files.catalog, journal: journal, source: try files.fixture.store())
                .take(OneBatch(batch: batch))
        }
    }

    /// One attachment whose user deleted it; with `isOver`, the server has deleted its file at the source, too.
    private func deletedFile(isOver: Bool) async throws -> MovedFiles {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        #expect(try await files.catalog.deleteMessage(id: id))
        guard isOver else { return files }
        try await files.fixture.store().delete(MovedFiles.location(of: id))
        let place = try #require(try files.catalog.oldPlace(objectKey: files.key(of: id), store: files.store))
        try await files.catalog.finishOldDeletion(of: place)
        return files
    }

    @Test func `a name that the old system uses again is moved with its new bytes`() async throws {
        let files = try await deletedFile(isOver: true)
        let (old, new) = (files.ids[0], UUID())
        try files.fixture.write(MovedFiles.location(of: old), Array("another file".utf8))
        let report = try await takeIn(new, fileOf: old, into: files)
        #expect(report.adopted == 1)
        #expect(report.newObjects == 1)
        #expect(report.complaints == [])
        #expect(try await files.run().done.objects == 2)
        #expect(try await files.fixture.content(files.key(of: new)) == Array("another file".utf8))
        #expect(try await files.catalog.attachment(id: new)?.waitingPlaces == [])
    }

    @Test func `where the file is gone with the attachment that was deleted, that is told each time`() async throws {
        let files = try await deletedFile(isOver: true)
        let new = UUID()
        for _ in 0..<2 {
            let report = try await takeIn(new, fileOf: files.ids[0], into: files)
            #expect(report.adopted == 0)
            #expect(report.newObjects == 0)
            #expect(report.complaints.map(\.kind) == [.missing])
            #expect(report.complaints.first?.reason.hasPrefix(MovedFiles.location(of: files.ids[0])) == true)
        }
        #expect(try await files.catalog.attachment(id: new) == nil)
    }

    @Test func `a file whose deletion is still to come is not taken, and that is told`() async throws {
        let files = try await deletedFile(isOver: false)
        let new = UUID()
        let report = try await takeIn(new, fileOf: files.ids[0], into: files)
        #expect(report.adopted == 0)
        #expect(report.newObjects == 0)
        #expect(report.complaints.map(\.kind) == [.conflict])
        #expect(report.complaints.first?.subject == "attachment \(new.uuidString.lowercased())")
        #expect(try await files.catalog.attachment(id: new) == nil)
    }

    @Test func `the deleted attachment itself stays deleted, without a complaint`() async throws {
        let files = try await deletedFile(isOver: true)
        let id = files.ids[0]
        try files.fixture.write(MovedFiles.location(of: id), Array("another file".utf8))
        let report = try await takeIn(id, fileOf: id, into: files)
        #expect(report.deletedBefore == 1)
        #expect(report.adopted == 0)
        #expect(report.complaints == [])
    }
}
