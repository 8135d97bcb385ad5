import Catalog
import Foundation
import Migration
import S3
import TestSupport
import Testing

/// Looking for what arrived when users have deleted some of it since.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct UnwantedVerificationTests {
    private func verify(
        _ files: MovedFiles,
        _ journal: MigrationJournal,
        catalog: Catalog?
    ) async throws -> MigrationVerification.Report {
        try await MigrationVerification(
            journal: journal,
            target: files.fixture.target,
            catalog: catalog,
            isDeep: false,
            logger: MigrationFixture.logger
        )
        .run()
    }

    /// Two files whose messages are deleted and one that the target lost, of four.
    private func loseThree() async throws -> MovedFiles {
        let files = try await MovedFiles(count: 4)
        for id in files.ids.prefix(3) { try await files.fixture.plain.deleteObject(key: files.key(of: id)) }
        for id in files.ids.prefix(2) { #expect(try await files.catalog.deleteMessage(id: id)) }
        // Of one of them nothing is left in the old place, either.
        let place = try #require(
            try files.catalog.oldPlace(objectKey: files.key(of: files.ids[1]), store: files.store)
        )
        try await files.catalog.finishOldDeletion(of: place)
        return files
    }

    @Test func `what its user deleted is no fault, and what the target lost is one`() async throws {
        let files = try await loseThree()
        let report = try await files.withJournal { try await verify(files, $0, catalog: files.catalog) }
        #expect(report.checked.objects == 4)
        #expect(report.unwanted.objects == 2)
        #expect(report.faults.map(\.targetKey) == [files.key(of: files.ids[2])])
        #expect(report.faultCount == 1)
        #expect(report.remaining == MigrationTotals.Amount())
        // It is noted, so that nobody looks for it again.
        let again = try await files.withJournal { try await verify(files, $0, catalog: files.catalog) }
        #expect(again.checked.objects == 2)
        #expect(again.unwanted.objects == 0)
        #expect(again.faultCount == 1)
    }

    @Test func `a journal that is only read is not written to`() async throws {
        let files = try await loseThree()
        for _ in 0..<2 {
            let journal = try MigrationJournal.openForReading(path: files.fixture.journalPath)
            let report = try await verify(files, journal, catalog: files.catalog)
            try await journal.close()
            #expect(report.checked.objects == 4)
            #expect(report.unwanted.objects == 2)
            #expect(report.faultCount == 1)
        }
    }

    @Test func `without a catalog nobody knows of deletions`() async throws {
        let files = try await loseThree()
        let report = try await files.withJournal { try await verify(files, $0, catalog: nil) }
        #expect(report.faultCount == 3)
        #expect(report.unwanted.objects == 0)
    }

    @Test func `a revoked attachment is under another key, and the old one is not missed`() async throws {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        let attachment = try #require(try await files.catalog.attachment(id: id))
        guard case .begun(let job) = try await files.catalog.requestRevocation(attachmentID: id) else {
            Issue.record("the revocation was not begun")
            return
        }
        let copy = "attachments/copy-of-\(id.uuidString.lowercased()).original"
        try await files.catalog.insertIntent(
            UploadIntent(id: .version7(), objectKey: copy, userID: attachment.uploadedBy, createdAt: Date())
        )
        _ = try await files.catalog.finishRevocation(
            of: attachment,
            copies: [attachment.objectKey: copy],
            job: job
        )
        try await files.fixture.plain.deleteObject(key: attachment.objectKey)
        let report = try await files.withJournal { try await verify(files, $0, catalog: files.catalog) }
        #expect(report.faultCount == 0)
        #expect(report.unwanted.objects == 1)
    }
}
