import Catalog
import Foundation
import Migration
import S3
import TestSupport
import Testing

/// Whether everything has arrived, asked before anything is looked at.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct CutOverCheckTests {
    private func standing(_ files: MovedFiles, leavesUnusable: Bool = false) async throws -> CutOverCheck.Standing {
        let journal = try MigrationJournal.openForReading(path: files.fixture.journalPath)
        let check = CutOverCheck(catalog: files.catalog, journal: journal)
        let standing = try await check.standing(leavesUnusable: leavesUnusable)
        try await journal.close()
        return standing
    }

    @Test func `where everything has arrived nothing is in the way`() async throws {
        #expect(try await standing(try await MovedFiles(count: 2)) == .arrived)
    }

    @Test func `without a catalog the journal decides of bare objects, and not of attachments`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("bare", [1, 2, 3])
        try await fixture.run([MigrationItem(location: "bare", targetKey: "bare")])
        let bare = try MigrationJournal.openForReading(path: fixture.journalPath)
        #expect(try await CutOverCheck(catalog: nil, journal: bare).standing() == .arrived)
        try await bare.close()

        let files = try await MovedFiles(count: 1)
        let journal = try MigrationJournal.openForReading(path: files.fixture.journalPath)
        let error = await #expect(throws: MigrationError.self) {
            _ = try await CutOverCheck(catalog: nil, journal: journal).standing()
        }
        #expect(error?.code == .invalidArgument)
        try await journal.close()
    }

    @Test func `what the catalog serves from there is in the way`() async throws {
        let files = try await MovedFiles(count: 3)
        let keys = files.ids.prefix(2).map(files.key)
        #expect(try await files.catalog.returnToOldPlace(objectKeys: keys, store: files.store) == 2)
        #expect(try await standing(files) == .waiting(objects: 2))
    }

    @Test func `a bare object, of which the catalog knows nothing, is in the way until it has arrived`() async throws {
        let files = try await MovedFiles(count: 1)
        let bare = MigrationItem(location: "bare", targetKey: "bare")
        let totals = try await files.run([bare])
        #expect(totals.failed[.sourceMissing]?.objects == 1)
        #expect(try await files.catalog.cutOverState(store: files.store).waiting == 0)
        #expect(try await standing(files) == .unfinished(.incomplete, totals))

        try files.fixture.write("bare", [1, 2, 3])
        #expect(try await files.run([bare]).failed.isEmpty)
        #expect(try await standing(files) == .arrived)
    }

    @Test func `a bare object that nobody has begun with is in the way, too`() async throws {
        let files = try await MovedFiles(count: 1)
        try files.fixture.write("bare", [1, 2, 3])
        let totals = try await files.withJournal { journal in
            _ = try await journal.add([MigrationItem(location: "bare", targetKey: "bare")])
            return try await journal.totals()
        }
        #expect(totals.remaining.objects == 1)
        #expect(try await standing(files) == .unfinished(.unfinished, totals))
    }

    private struct Broken: Error {}

    /// A batch, and then perhaps a source that breaks.
    private struct Reading: MigrationInventory {
        var complaints: [MigrationComplaint] = []
        var breaks = false

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.complaints = complaints
            try await body(batch)
            if breaks { throw Broken() }
        }
    }

    private func takeIn(_ inventory: Reading, into files: MovedFiles) async throws -> MigrationIntake.Report {
        try await files.withJournal { journal in
            try await MigrationIntake(catalog: files.catalog, journal: journal, source: try files.fixture.store())
                .take(inventory)
        }
    }

    private func verify(_ files: MovedFiles) async throws -> MigrationVerification.Report {
        try await files.withJournal { journal in
            try await MigrationVerification(
                journal: journal,
                target: files.fixture.target,
                isDeep: false,
                logger: MigrationFixture.logger
            )
            .run()
        }
    }

    @Test func `what the inventory could not use is in the way until the operator says that it stays`() async throws {
        let files = try await MovedFiles(count: 1)
        let complaint = MigrationComplaint(kind: .missing, subject: "row 7", reason: "its file is not there")
        _ = try await takeIn(Reading(complaints: [complaint]), into: files)
        guard case .unusable(let noted) = try await standing(files) else {
            Issue.record("nothing is in the way")
            return
        }
        #expect(noted.count == 1)
        #expect(noted.first == [complaint])
        #expect(try await standing(files, leavesUnusable: true) == .arrived)
        let report = try await verify(files)
        #expect(report.faultCount == 0 && report.unusable == 1)
        #expect(MigrationExit(report) == .incomplete)
        #expect(MigrationExit(report, leavesUnusable: true) == .complete)
    }

    @Test func `what is brought all the same is in nobody's way`() async throws {
        let files = try await MovedFiles(count: 1)
        let remark = MigrationComplaint(kind: .invalid, subject: "row 7", reason: "its size is 1", isRemark: true)
        let report = try await takeIn(Reading(complaints: [remark]), into: files)
        #expect(report.remarks == [remark] && report.remarkCount == 1)
        #expect(report.complaints.isEmpty && report.complaintCount == 0)
        #expect(try await standing(files) == .arrived)
        #expect(MigrationExit(try await verify(files)) == .complete)
    }

    @Test func `an inventory that broke off is in the way until it was read to its end`() async throws {
        let files = try await MovedFiles(count: 1)
        await #expect(throws: Broken.self) { _ = try await takeIn(Reading(breaks: true), into: files) }
        #expect(try await standing(files) == .unread)
        let report = try await verify(files)
        #expect(report.isInventoryUnread)
        #expect(MigrationExit(report) == .unfinished)
        let complaint = MigrationComplaint(kind: .invalid, subject: "row 7", reason: "no id")
        _ = try await takeIn(Reading(complaints: [complaint]), into: files)
        #expect(try await standing(files) != .unread)
    }

    @Test func `an inventory without anything is an error where files were, or never were any`() async throws {
        let files = try await MovedFiles(count: 1)
        let gone = try await migrationError { _ = try await takeIn(Reading(), into: files) }
        #expect(gone?.code == .sourceUnreadable)
        #expect(gone?.message.contains("where 1 files were") == true)
        #expect(try await standing(files) == .unread)
        try files.fixture.alterJournal("UPDATE object SET state = 'pruned'")
        #expect(try await takeIn(Reading(), into: files) == MigrationIntake.Report())
        #expect(try await standing(files) == .arrived)

        try files.fixture.alterJournal("DELETE FROM object")
        let wrong = try await migrationError { _ = try await takeIn(Reading(), into: files) }
        #expect(wrong?.code == .inventoryUnreadable)
        #expect(wrong.map { MigrationExit($0.code) } == .sourceUnusable)
        // Where everything has been moved, nothing waits by the catalog.
        let store = try files.store
        let waiting = CatalogInventory(catalog: files.catalog, store: store)
        let report = try await files.withJournal { journal in
            try await MigrationIntake(catalog: files.catalog, journal: journal, source: try files.fixture.store())
                .take(waiting)
        }
        #expect(report == MigrationIntake.Report())
    }
}
