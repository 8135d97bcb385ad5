import Catalog
import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// Files that the old system overwrites after they arrived.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct ChangedSourceTests {
    private static let early = Date(timeIntervalSince1970: 1_736_899_200)
    private static let late = Date(timeIntervalSince1970: 1_736_985_600)

    /// The command given once: the inventory is read, then everything moves.
    @discardableResult
    private func migrate(_ fixture: MigrationFixture) async throws -> MigrationTotals {
        try await takeIn(fixture)
        return try await fixture.run()
    }

    private func takeIn(_ fixture: MigrationFixture) async throws {
        let store = try fixture.store()
        let journal = try fixture.journal(of: store)
        let intake = MigrationIntake(catalog: nil, journal: journal, source: store)
        _ = try await intake.take(BareInventory(store: store))
        try await journal.close()
    }

    private func exit(_ fixture: MigrationFixture) async throws -> MigrationExit {
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        let exit = MigrationExit(try await journal.totals())
        try await journal.close()
        return exit
    }

    @Test func `a bare file that is overwritten after it arrived comes again with its new bytes`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try fixture.write("b.txt", Array("stays".utf8), modifiedAt: Self.early)
        #expect(try await migrate(fixture).done.objects == 2)
        try fixture.write("a.txt", Array("other".utf8), modifiedAt: Self.late)

        try await takeIn(fixture)
        #expect(try await exit(fixture) == .unfinished, "nothing may be cut over before it has come")
        let puts = fixture.count("PutObject")
        #expect(try await fixture.run().done.objects == 2)
        #expect(fixture.count("PutObject") == puts + 1)
        #expect(try await fixture.content("a.txt") == Array("other".utf8))
        #expect(try await fixture.content("b.txt") == Array("stays".utf8))
        #expect(try await exit(fixture) == .complete)
    }

    @Test func `a large one, too`() async throws {
        let fixture = try await MigrationFixture()
        var (first, second) = (MigrationFixture.noise(11 << 20), MigrationFixture.noise(11 << 20, seed: 2))
        try fixture.write("film", first, modifiedAt: Self.early)
        try await takeIn(fixture)
        var configuration = fixture.quick
        configuration.partByteCount = 5 << 20
        #expect(try await fixture.run([], configuration).done.objects == 1)
        second.removeLast(1000)
        try fixture.write("film", second, modifiedAt: Self.late)
        try await takeIn(fixture)
        #expect(try await fixture.run([], configuration).done.objects == 1)
        swap(&first, &second)
        let isSecond = try await fixture.content("film") == first
        #expect(isSecond)
    }

    @Test func `one that was only touched is read again, and not sent again, and then left alone`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.late)
        let puts = fixture.count("PutObject")
        #expect(try await migrate(fixture).done.objects == 1)
        #expect(fixture.count("PutObject") == puts)

        let gets = fixture.count("GetObject")
        #expect(try await migrate(fixture).done.objects == 1)
        #expect(fixture.count("GetObject") == gets)
    }

    @Test func `what somebody else wrote into the target since is not overwritten`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        let other = ByteBuffer(string: "of the new system")
        _ = try await fixture.plain.putObject(key: "a.txt", body: .bytes(other), contentType: "text/plain")
        try fixture.write("a.txt", Array("second".utf8), modifiedAt: Self.late)
        #expect(try await migrate(fixture).failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("a.txt") == Array("of the new system".utf8))
        #expect(try await exit(fixture) == .incomplete)
    }

    @Test func `a file that is there again under the name of a pruned one is another, and comes`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try fixture.write("b.txt", Array("stays".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        try fixture.alterJournal("UPDATE object SET state = 'pruned', pruned_at = 1 WHERE location = 'a.txt'")
        try fixture.write("a.txt", Array("a new one".utf8), modifiedAt: Self.late)
        #expect(try await migrate(fixture).done.objects == 2)
        #expect(try await fixture.content("a.txt") == Array("a new one".utf8))
    }

    @Test func `a journal that was begun before changes were noted takes them in`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        for column in ["changed_version", "settled_version"] {
            try fixture.alterJournal("ALTER TABLE object DROP COLUMN \(column)")
        }
        #expect(try await fixture.row()?.state == .recorded)
        try fixture.write("a.txt", Array("second".utf8), modifiedAt: Self.late)
        #expect(try await migrate(fixture).done.objects == 1)
        #expect(try await fixture.content("a.txt") == Array("second".utf8))
    }

    @Test func `a version that is only listed otherwise is asked for once, and nothing is read`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        let listed = MigrationItem(location: "a.txt", targetKey: "a.txt", sourceVersion: "listed-otherwise")
        let gets = fixture.count("GetObject")
        #expect(try await fixture.run([listed]).done.objects == 1)
        let heads = fixture.count("HeadObject")
        #expect(try await fixture.run([listed]).done.objects == 1)
        #expect(fixture.count("HeadObject") == heads)
        #expect(fixture.count("GetObject") == gets)
    }

    // Attachments have digests, lengths and pictures of the bytes that arrived.

    private func item(_ files: MovedFiles, _ id: UUID) async throws -> MigrationItem {
        var item = files.item(id)
        item.sourceVersion = "seen-\(try await files.fixture.store().head(item.location)?.modifiedAt ?? .distantPast)"
        return item
    }

    private func overwrite(_ files: MovedFiles, _ id: UUID, with text: String) throws {
        try files.fixture.write(MovedFiles.location(of: id), Array(text.utf8), modifiedAt: Self.late)
    }

    @Test func `an attachment keeps what arrived, and that its file changed is told and in the way`() async throws {
        let files = try await MovedFiles(count: 2)
        let id = files.ids[0]
        try overwrite(files, id, with: "something else")
        let item = try await item(files, id)
        for _ in 0..<2 {
            let totals = try await files.run([item])
            #expect(totals.failed[.sourceChanged]?.objects == 1)
            #expect(MigrationExit(totals) == .incomplete)
        }
        #expect(try await files.fixture.content(files.key(of: id)) == Array(MovedFiles.location(of: id).utf8))
        #expect(try await files.catalog.attachment(id: id)?.waitingPlaces.isEmpty == true)

        #expect(try await files.withJournal { try await $0.keepArrived() } == 1)
        #expect(try await files.run([item]).failed.isEmpty)
        let journal = try MigrationJournal.openForReading(path: files.fixture.journalPath)
        #expect(try await CutOverCheck(catalog: files.catalog, journal: journal).standing() == .arrived)
        try await journal.close()
        // The source's is the only copy of what it has now.
        let report = try await files.prune(catalog: files.catalog)
        #expect(report.refused == [MigrationPrune.Refusal.sourceChanged.rawValue: 1])
        #expect(report.pruned.objects == 1)
        #expect(files.isAtSource(id))
    }

    @Test func `an attachment whose old file is put back is no failure any more`() async throws {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        try overwrite(files, id, with: "something else")
        #expect(try await files.run([try await item(files, id)]).failed[.sourceChanged]?.objects == 1)
        try overwrite(files, id, with: MovedFiles.location(of: id))
        #expect(try await files.run([try await item(files, id)]).failed.isEmpty)
    }

    @Test func `that the file of a deleted attachment changed is of no concern`() async throws {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        try overwrite(files, id, with: "something else")
        let item = try await item(files, id)
        #expect(try await files.catalog.deleteMessage(id: id))
        #expect(try await files.run([item]).failed.isEmpty)
        #expect(try await files.fixture.row()?.state == .unwanted)
    }

    @Test func `a file that was touched is the same attachment where its key hangs on its time`() async throws {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        try overwrite(files, id, with: MovedFiles.location(of: id))
        var item = try await item(files, id)
        item.targetKey = "attachments/another.original"
        #expect(try await files.run([item]).failed.isEmpty)
        #expect(try await files.withJournal { try await $0.totals() }.planned.objects == 1)
    }
}
