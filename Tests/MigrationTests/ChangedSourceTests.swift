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

    @Test func `another file under the name of a pruned one replaces nothing, and is told of`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try fixture.write("b.txt", Array("stays".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        try fixture.alterJournal("UPDATE object SET state = 'pruned', pruned_at = 1 WHERE location = 'a.txt'")
        // Once with another length, once with the same.
        for text in ["a new one", "third"] {
            try fixture.write("a.txt", Array(text.utf8), modifiedAt: Self.late)
            for _ in 0..<2 {
                let totals = try await migrate(fixture)
                #expect(totals.failed[.targetTaken]?.objects == 1)
                #expect(totals.done.objects == 1)
                #expect(MigrationExit(totals) == .incomplete)
                #expect(try await fixture.content("a.txt") == Array("first".utf8))
            }
        }
        let puts = fixture.count("PutObject")
        try FileManager.default.moveItem(atPath: fixture.source.file("a.txt"), toPath: fixture.source.file("c.txt"))
        #expect(try await migrate(fixture).done.objects == 3)
        #expect(try await exit(fixture) == .complete)
        #expect(fixture.count("PutObject") == puts + 1)
        #expect(try await fixture.content("a.txt") == Array("first".utf8))
        #expect(try await fixture.content("c.txt") == Array("third".utf8))
    }

    @Test(arguments: ["planned", "copying", "verified", "failed"])
    func `nor does it where a death or a failure left the row in another state`(state: String) async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        try fixture.alterJournal(
            """
            UPDATE object SET state = '\(state)', pruned_at = 1, is_seen = 1, entity_tag = 'other', byte_count = 4,
                failure_code = CASE '\(state)' WHEN 'failed' THEN 'target_unavailable' END
            """
        )
        try fixture.write("a.txt", Array("a new one".utf8), modifiedAt: Self.late)
        #expect(try await fixture.run().failed[.targetTaken]?.objects == 1)
        #expect(try await fixture.content("a.txt") == Array("first".utf8))
    }

    @Test func `the bytes of a pruned file put back are no failure, and are not sent`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.early)
        try await migrate(fixture)
        try fixture.alterJournal("UPDATE object SET state = 'pruned', pruned_at = 1")
        let puts = fixture.count("PutObject")
        try fixture.write("a.txt", Array("first".utf8), modifiedAt: Self.late)
        #expect(try await migrate(fixture).done.objects == 1)
        #expect(try await exit(fixture) == .complete)
        #expect(fixture.count("PutObject") == puts)
    }

    @Test func `the copy that arrived counts where its file changed and went while the new one was sent`() async throws
    {
        let fixture = try await MigrationFixture()
        let first = MigrationFixture.noise(21 << 20)
        try fixture.write("film", first, modifiedAt: Self.early)
        try fixture.write("b.txt", Array("stays".utf8), modifiedAt: Self.early)
        #expect(try await migrate(fixture).done.objects == 2)
        try fixture.write("film", MigrationFixture.noise(21 << 20, seed: 2), modifiedAt: Self.late)
        let sent = fixture.count("UploadPart")
        fixture.decide { request in
            request.operation == "UploadPart" && request.operationNumber >= sent + 2
                ? .status(500, code: "InternalError") : .none
        }
        try await takeIn(fixture)
        var configuration = fixture.quick
        configuration.maxAttempts = 1
        #expect(try await fixture.run([], configuration).failed[.targetUnavailable]?.objects == 1)
        #expect(try await fixture.plain.listMultipartUploads().count == 1)
        fixture.decide { _ in .none }

        try FileManager.default.removeItem(atPath: fixture.source.file("film"))
        let totals = try await migrate(fixture)
        #expect(totals.failed.isEmpty)
        #expect(totals.done.objects == 2)
        let isFirst = try await fixture.content("film") == first
        #expect(isFirst)
        #expect(try await fixture.plain.listMultipartUploads().isEmpty)
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
