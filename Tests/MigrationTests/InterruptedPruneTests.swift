import Foundation
import GRDB
import Migration
import S3
import TestSupport
import Testing

/// A prune that ended in its midst, and the same command after it.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct InterruptedPruneTests {
    private func prune(
        _ fixture: MigrationFixture,
        from store: (any ObjectStore)? = nil
    ) async throws -> MigrationPrune.Report {
        let journal = try fixture.journal()
        let prune = MigrationPrune(
            journal: journal,
            source: try store ?? fixture.store(),
            target: fixture.target,
            minAge: .zero,
            // One after the other: what is found depends on what was deleted before.
            workers: 1,
            logger: MigrationFixture.logger
        )
        do {
            let report = try await prune.run()
            try await journal.close()
            return report
        } catch {
            try await journal.close()
            throw error
        }
    }

    private func moved(_ names: [String]) async throws -> MigrationFixture {
        let fixture = try await MigrationFixture()
        for name in names { try fixture.write(name, Array(name.utf8)) }
        try await fixture.run(names.map { MigrationItem(location: $0, targetKey: $0) })
        return fixture
    }

    private func states(_ fixture: MigrationFixture) async throws -> [MigrationState] {
        let journal = try MigrationJournal.openForReading(path: fixture.journalPath)
        let states = try await journal.rows().map(\.state)
        try await journal.close()
        return states
    }

    @Test func `a prune that died over the last file goes on, though the directory is empty since`() async throws {
        let fixture = try await moved(["last"])
        let kept = try TemporaryDirectory()
        let (journalPath, keptPath) = (fixture.journalPath, kept.file("journal.sqlite"))
        // What is durable of the journal in that moment is what a death leaves.
        var store = WatchedStore(base: try fixture.store())
        store.hasDeleted = {
            let (journal, copy) = (try DatabaseQueue(path: journalPath), try DatabaseQueue(path: keptPath))
            try journal.backup(to: copy)
            try journal.close()
            try copy.close()
        }
        #expect(try await prune(fixture, from: store).pruned.objects == 1)
        for path in [journalPath, "\(journalPath)-wal", "\(journalPath)-shm"] {
            try? FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.moveItem(atPath: keptPath, toPath: journalPath)
        #expect(try await states(fixture) == [.recorded])
        #expect(!FileManager.default.fileExists(atPath: fixture.source.file("last")))

        let report = try await prune(fixture)
        #expect(report.pruned.objects == 1)
        #expect(report.refused.isEmpty)
        #expect(try await states(fixture) == [.pruned])
        #expect(try await fixture.content("last") == Array("last".utf8))
    }

    @Test func `where more is missing than a prune was at, the directory is taken for one that is not mounted`()
        async throws
    {
        let fixture = try await moved(["begun", "not begun"])
        try fixture.alterJournal("UPDATE object SET prune_begun_at = 1 WHERE location = 'begun'")
        for name in ["begun", "not begun"] {
            try FileManager.default.removeItem(atPath: fixture.source.file(name))
        }
        let error = await #expect(throws: MigrationError.self) { _ = try await prune(fixture) }
        #expect(error?.code == .sourceUnreadable)
        #expect(try await states(fixture) == [.recorded, .recorded])
    }

    @Test func `two objects of the one file that is left are both pruned`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("shared", [1, 2])
        try await fixture.run(["a", "b"].map { MigrationItem(location: "shared", targetKey: $0) })
        let report = try await prune(fixture)
        #expect(report.pruned.objects == 2)
        #expect(report.refused.isEmpty)
        #expect(try await states(fixture) == [.pruned, .pruned])
    }

    @Test func `what could not be deleted does not count as begun with`() async throws {
        let fixture = try await moved(["held"])
        let refusal = MigrationError(.sourceUnreadable, "no", isTransient: false)
        let held = WatchedStore(base: try fixture.store(), refusal: refusal)
        #expect(try await prune(fixture, from: held).refused == ["not_deleted": 1])
        // Then its disk goes away.
        try FileManager.default.removeItem(atPath: fixture.source.file("held"))
        let error = await #expect(throws: MigrationError.self) { _ = try await prune(fixture) }
        #expect(error?.code == .sourceUnreadable)
        #expect(try await states(fixture) == [.recorded])
    }
}
