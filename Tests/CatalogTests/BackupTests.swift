import Catalog
import Foundation
import TestSupport
import Testing

struct BackupTests {
    private let fixture: CatalogFixture
    private var folder: String { fixture.directory.file("backups") }

    init() async throws {
        fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
    }

    private func refusal(_ body: () throws(CatalogError) -> DatabaseReport) -> CatalogError? {
        do throws(CatalogError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a backup is one file with everything, and restores into a database that goes on`() async throws {
        let backup = "\(folder)/one.sqlite"
        let report = try fixture.catalog.backup(to: backup)
        #expect(report.faults == [])
        #expect(report.schema.isCurrent)
        let rows = Dictionary(uniqueKeysWithValues: report.tables.map { ($0.name, $0.rows) })
        #expect(rows["attachment"] == 1)
        #expect(rows["participant"] == 2)
        #expect(rows["storage_usage"] == 2)
        #expect(rows["trash"] == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one.sqlite"])
        let mode = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try await fixture.commit(fixture.attachment())

        let restored = "\(folder)/restored.sqlite"
        // That it is a copy of a backup is noted there.
        let tables = try Catalog.restore(backup, to: restored).tables
        #expect(tables.filter { $0.name != "meta" } == report.tables.filter { $0.name != "meta" })
        let catalog = try Catalog.open(path: restored)
        try catalog.requireCurrentSchema()
        let noted = try #require(try await catalog.restoredAt())
        #expect(abs(noted.timeIntervalSinceNow) < 120)
        #expect(try await fixture.catalog.restoredAt() == nil)
        #expect(try catalog.usage(ofUser: "ann").files == 1)
        #expect(try fixture.catalog.usage(ofUser: "ann").files == 2)
        try catalog.close()
    }

    @Test func `backups that are taken while others write are each of one moment`() async throws {
        let (catalog, fixture) = (fixture.catalog, fixture)
        let writing = Task {
            while !Task.isCancelled { try await fixture.commit(fixture.attachment()) }
        }
        var counts: [Int64] = []
        for number in 0..<8 {
            let report = try catalog.backup(to: "\(folder)/\(number).sqlite")
            #expect(report.faults == [])
            let usage = try Catalog.open(path: "\(folder)/\(number).sqlite")
            counts.append(try usage.usage(ofUser: "ann").files)
            #expect(report.tables.first { $0.name == "attachment" }?.rows == counts.last.map { Int($0) })
            try usage.close()
            try await Task.sleep(for: .milliseconds(20))
        }
        writing.cancel()
        _ = await writing.result
        #expect(counts == counts.sorted())
        #expect(counts.first != counts.last)
    }

    @Test func `what a copied file's log has is in the restored one`() async throws {
        try await fixture.commit(fixture.attachment())
        let copied = fixture.directory.file("copied.sqlite")
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: fixture.path + ending, toPath: copied + ending)
        }
        let restored = fixture.directory.file("restored/one.sqlite")
        let report = try Catalog.restore(copied, to: restored)
        let beside = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path)
        #expect(Set(beside.filter { $0.hasPrefix("copied") }) == ["copied.sqlite", "copied.sqlite-wal"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: fixture.directory.file("restored")) == ["one.sqlite"]
        )
        #expect(report.tables.first { $0.name == "attachment" }?.rows == 2)
        #expect(report.schema.isCurrent)
    }

    @Test func `what a killed backup left goes with the next into the folder`() throws {
        let left = "\(folder)/.satchel-scratch-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: "\(left)/part.sqlite", contents: Data(count: 4096))
        _ = try fixture.catalog.backup(to: "\(folder)/one.sqlite")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one.sqlite"])
    }

    @Test func `claims and uploads of the backup's time are not restored`() async throws {
        let attachment = fixture.attachment()
        try await fixture.commit(attachment, leaseUntil: .distantFuture)
        try await fixture.catalog.insertIntent(fixture.intent(for: fixture.attachment()))
        let trashed = fixture.attachment(status: .ready)
        try await fixture.commit(trashed)
        _ = try await fixture.catalog.discardAttachment(
            id: trashed.id,
            activity: fixture.activity(.fileDeleted, of: trashed),
            terms: DeletionTerms(retention: 60, userID: "ann")
        )
        let backup = "\(folder)/one.sqlite"
        _ = try fixture.catalog.backup(to: backup)
        let restored = "\(folder)/restored.sqlite"
        _ = try Catalog.restore(backup, to: restored)
        let grace = try fetchTexts("SELECT purge_after > unixepoch() * 1000 + 6 * 86400000 FROM trash", at: restored)
        #expect(grace == ["1"])
        let catalog = try Catalog.open(path: restored)
        #expect(try await catalog.intents() == [])
        #expect(try await catalog.nextJobs(limit: 9).map(\.attachmentID).contains(attachment.id))
        try catalog.close()
    }

    @Test func `what is there already is never written over`() throws {
        let backup = "\(folder)/one.sqlite"
        _ = try fixture.catalog.backup(to: backup)
        let before = try Data(contentsOf: URL(fileURLWithPath: backup))
        #expect(refusal { () throws(CatalogError) in try fixture.catalog.backup(to: backup) }?.code == .constraint)
        let onto = refusal { () throws(CatalogError) in try Catalog.restore(backup, to: fixture.path) }
        #expect(onto?.code == .constraint)
        #expect(try Data(contentsOf: URL(fileURLWithPath: backup)) == before)
        let target = "\(folder)/new.sqlite"
        _ = FileManager.default.createFile(atPath: "\(target)-wal", contents: Data("x".utf8))
        let error = refusal { () throws(CatalogError) in try Catalog.restore(backup, to: target) }
        #expect(error?.message.contains("\(target)-wal is there") == true)
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == ["one.sqlite", "new.sqlite-wal"])
    }

    @Test func `of a database without a schema nothing is backed up`() throws {
        let empty = try Catalog.open(path: fixture.directory.file("mistyped.sqlite"))
        let error = refusal { () throws(CatalogError) in try empty.backup(to: "\(folder)/one.sqlite") }
        #expect(error?.code == .cannotOpen)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        try empty.close()
    }

    @Test func `a damaged backup is refused, and nothing is made of it`() throws {
        let backup = "\(folder)/one.sqlite"
        _ = try fixture.catalog.backup(to: backup)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: backup))
        // The pages behind the schema's: those of tables and indexes.
        for page in 5..<12 {
            try handle.seek(toOffset: UInt64(page) * 4096)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 2_000))
        }
        try handle.close()
        let error = refusal { () throws(CatalogError) in try Catalog.restore(backup, to: "\(folder)/new.sqlite") }
        #expect(error?.code == .corrupt, "\(error?.description ?? "")")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one.sqlite"])
        #expect(refusal { () throws(CatalogError) in try Catalog.check(path: "\(folder)/none") }?.code == .cannotOpen)
        try Data(repeating: 65, count: 9_000).write(to: URL(fileURLWithPath: "\(folder)/text"))
        #expect(refusal { () throws(CatalogError) in try Catalog.check(path: "\(folder)/text") } != nil)
    }

    @Test func `a check finds what foreign hands did, and changes nothing`() throws {
        #expect(try Catalog.check(path: fixture.path).faults == [])
        try executeSQL(
            """
            PRAGMA foreign_keys = OFF;
            UPDATE storage_usage SET bytes = bytes + 1 WHERE owner_kind = 'user';
            INSERT INTO participant (conversation_id, user_id, role)
            VALUES ('00000000-0000-0000-0000-000000000000', 'eve', 'member');
            """,
            at: fixture.path
        )
        let faults = try Catalog.check(path: fixture.path).faults
        #expect(faults.contains("1 rows of participant refer to such of conversation as are not there"), "\(faults)")
        #expect(faults.contains { $0.hasSuffix("rows of storage_usage are not what the attachments come to") })
        #expect(faults.count == 2)
        let other = fixture.directory.file("other.sqlite")
        try executeSQL("CREATE TABLE song (title TEXT)", at: other)
        let error = refusal { () throws(CatalogError) in try Catalog.restore(other, to: "\(folder)/new.sqlite") }
        #expect(error?.message.contains("is no database of this program") == true)
    }
}
