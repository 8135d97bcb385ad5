import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationPruneTests {
    private func prune(
        _ fixture: MigrationFixture,
        from store: (any ObjectStore)? = nil,
        minAge: Duration = .zero,
        leavesUnusable: Bool = false
    ) async throws -> MigrationPrune.Report {
        let journal = try fixture.journal()
        let prune = MigrationPrune(
            journal: journal,
            source: try store ?? fixture.store(),
            target: fixture.target,
            minAge: minAge,
            leavesUnusable: leavesUnusable,
            logger: MigrationFixture.logger
        )
        do {
            let candidates = try await prune.candidates()
            let report = try await prune.run()
            #expect(report.candidates == candidates)
            try await journal.close()
            return report
        } catch {
            try await journal.close()
            throw error
        }
    }

    private func exists(_ fixture: MigrationFixture, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: fixture.source.file(name))
    }

    @Test func `what arrived is deleted at the source, and everything else is left`() async throws {
        let fixture = try await MigrationFixture()
        for name in ["good", "gone", "other", "changed", "shared", "failed"] {
            try fixture.write(name, Array(name.utf8))
        }
        var items = ["good", "gone", "other", "changed", "shared"].map { MigrationItem(location: $0, targetKey: $0) }
        items.append(MigrationItem(location: "failed", targetKey: "failed", sha256: String(repeating: "0", count: 64)))
        // The same file once more, for which the key is taken.
        _ = try await fixture.plain.putObject(
            key: "taken",
            body: .bytes(ByteBuffer(string: "theirs")),
            contentType: "text/plain"
        )
        items.append(MigrationItem(location: "shared", targetKey: "taken"))
        try await fixture.run(items)

        try await fixture.plain.deleteObject(key: "gone")
        _ = try await fixture.plain.putObject(
            key: "other",
            body: .bytes(ByteBuffer(string: "o1her")),
            contentType: "text/plain"
        )
        try fixture.write("changed", Array("changed again".utf8))
        let report = try await prune(fixture)
        #expect(report.candidates.objects == 5)
        #expect(report.pruned == MigrationTotals.Amount(objects: 1, bytes: 4))
        #expect(report.refused == ["not_in_target": 2, "source_changed": 1, "still_needed": 1])
        #expect(!exists(fixture, "good"))
        for name in ["gone", "other", "changed", "shared", "failed"] { #expect(exists(fixture, name)) }
        #expect(try await fixture.content("good") == Array("good".utf8))
        // A run after it does not miss what was pruned.
        #expect(try await fixture.run().done.objects == 5)
    }

    @Test func `where the source is not mounted, nothing counts as deleted already`() async throws {
        let fixture = try await MigrationFixture()
        for name in ["a", "b"] { try fixture.write(name, Array(name.utf8)) }
        try await fixture.run(["a", "b"].map { MigrationItem(location: $0, targetKey: $0) })
        let elsewhere = try TemporaryDirectory()
        for name in ["a", "b"] {
            try FileManager.default.moveItem(atPath: fixture.source.file(name), toPath: elsewhere.file(name))
        }
        let error = try await #require(throws: MigrationError.self) { _ = try await prune(fixture) }
        #expect(error.code == .sourceUnreadable)
        #expect(error.message.hasSuffix("is empty or away: is it mounted?"))
        #expect(try await fixture.row()?.state == .recorded)
        for name in ["a", "b"] {
            try FileManager.default.moveItem(atPath: elsewhere.file(name), toPath: fixture.source.file(name))
        }
        #expect(try await prune(fixture).pruned.objects == 2)
        // Then there is nothing left to look for, and nothing is amiss.
        #expect(try await prune(fixture) == MigrationPrune.Report())
        #expect(!exists(fixture, "a"))
    }

    @Test func `what was recorded a moment ago is too young`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")])
        let report = try await prune(fixture, minAge: .seconds(3600))
        #expect(report.candidates.objects == 0)
        #expect(exists(fixture, "a"))
        try fixture.alterJournal("UPDATE object SET recorded_at = recorded_at - 3600000")
        #expect(try await prune(fixture, minAge: .seconds(3600)).pruned.objects == 1)
        #expect(!exists(fixture, "a"))
    }

    private struct Broken: Error {}

    /// So many objects of one file, and then perhaps a source that breaks.
    private struct Reading: MigrationInventory {
        let keys: [String]
        var breaks = false

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.items = keys.map { MigrationItem(location: "shared", targetKey: $0) }
            try await body(batch)
            if breaks { throw Broken() }
        }
    }

    private func takeIn(_ inventory: Reading, into fixture: MigrationFixture) async throws {
        let journal = try fixture.journal()
        do {
            let intake = MigrationIntake(catalog: nil, journal: journal, source: try fixture.store())
            _ = try await intake.take(inventory)
            try await journal.close()
        } catch {
            try await journal.close()
            throw error
        }
    }

    @Test func `nothing is deleted while the inventory was not read to its end`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("shared", [1, 2, 3])
        await #expect(throws: Broken.self) { try await takeIn(Reading(keys: ["a"], breaks: true), into: fixture) }
        #expect(try await fixture.run().done.objects == 1)
        // The journal does not know yet who else needs the file.
        let error = try await #require(throws: MigrationError.self) { _ = try await prune(fixture) }
        #expect(error.code == .inventoryUnreadable)
        #expect(error.message.contains("satchel storage migrate") && error.message.contains("--leave-unusable"))
        #expect(exists(fixture, "shared"))

        try await takeIn(Reading(keys: ["a", "b"]), into: fixture)
        #expect(try await prune(fixture).refused == ["still_needed": 1])
        #expect(try await fixture.run().done.objects == 2)
        #expect(try await prune(fixture).pruned.objects == 2)
        #expect(!exists(fixture, "shared"))
    }

    @Test func `what the inventory did not come to is left behind where the operator says so`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("shared", [1, 2, 3])
        await #expect(throws: Broken.self) { try await takeIn(Reading(keys: ["a"], breaks: true), into: fixture) }
        try await fixture.run()
        #expect(try await prune(fixture, leavesUnusable: true).pruned.objects == 1)
        #expect(!exists(fixture, "shared"))
    }

    @Test func `what the catalog has not recorded is no candidate`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        let refusal = MigrationError(.recordRefused, "no", isTransient: false)
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")], recorder: RecordLog(refusing: refusal))
        #expect(try await prune(fixture).candidates.objects == 0)
        #expect(exists(fixture, "a"))
    }

    @Test func `an object that was its own copy, in one bucket under two names, stays`() async throws {
        let fixture = try await MigrationFixture()
        for key in ["a", "old/b"] {
            _ = try await fixture.plain.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: key)),
                contentType: "text/plain"
            )
        }
        // The target is the same bucket behind a proxy: another endpoint.
        let store = BucketStore(client: fixture.plain)
        let items = [
            MigrationItem(location: "a", targetKey: "a"), MigrationItem(location: "old/b", targetKey: "new/b"),
        ]
        #expect(try await fixture.run(items, from: store).done.objects == 2)
        let journal = try fixture.journal(of: store)
        let prune = MigrationPrune(
            journal: journal,
            source: store,
            target: fixture.target,
            minAge: .zero,
            logger: MigrationFixture.logger
        )
        let report = try await prune.run()
        try await journal.close()
        #expect(report.refused == ["same_object": 1])
        #expect(report.pruned.objects == 1)
        #expect(Set(try await fixture.plain.listObjects().map(\.key)) == ["a", "new/b"])
    }

    @Test func `another directory than the journal's is refused`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", [1])
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")])
        let other = try TemporaryDirectory()
        try Data([1]).write(to: URL(fileURLWithPath: other.file("a")))
        let store = try DirectoryStore(path: other.path)
        let error = try await #require(throws: MigrationError.self) { _ = try await prune(fixture, from: store) }
        #expect(error.code == .journal)
        #expect(error.message.hasSuffix("nothing was deleted"))
        #expect(FileManager.default.fileExists(atPath: other.file("a")))
    }

    @Test(arguments: [false, true])
    func `verification names what is wrong in the target`(isDeep: Bool) async throws {
        let fixture = try await MigrationFixture()
        for name in ["good", "gone", "late"] { try fixture.write(name, Array(name.utf8)) }
        try await fixture.run(["good", "gone"].map { MigrationItem(location: $0, targetKey: $0) })
        let journal = try fixture.journal()
        _ = try await journal.add([MigrationItem(location: "late", targetKey: "late", byteCount: 4)])
        try await journal.close()
        try await fixture.plain.deleteObject(key: "gone")
        let reader = try MigrationJournal.openForReading(path: fixture.journalPath)
        let report = try await MigrationVerification(
            journal: reader,
            target: fixture.target,
            isDeep: isDeep,
            logger: MigrationFixture.logger
        )
        .run()
        #expect(report.checked == MigrationTotals.Amount(objects: 2, bytes: 8))
        #expect(report.faults.map(\.message) == ["gone is not in the target"])
        #expect(report.faults.map(\.code) == [.targetMismatch])
        #expect(report.remaining == MigrationTotals.Amount(objects: 1, bytes: 4))
    }
}
