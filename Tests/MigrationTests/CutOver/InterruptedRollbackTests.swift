import Catalog
import Foundation
import Migration
import NIOCore
import TestSupport
import Testing

/// A way back that ended in its midst, and what may follow it.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct InterruptedRollbackTests {
    @Test func `after a rollback that ended early nothing is pruned, and a run brings all of it forward again`()
        async throws
    {
        // More than a page of 500, and at the last of them the disk goes away.
        let files = try await MovedFiles(count: 503)
        let last = try #require(files.ids.max { files.key(of: $0) < files.key(of: $1) })
        let error = await #expect(throws: MigrationError.self) {
            try await files.withJournal { journal in
                let source = FailingStore(base: try files.fixture.store(), location: MovedFiles.location(of: last))
                _ = try await MigrationRollback(catalog: files.catalog, source: source, journal: journal).run()
            }
        }
        #expect(error?.code == .sourceUnreadable)
        #expect(try await files.catalog.cutOverState(store: files.store).waiting == 500)

        let report = try await files.prune(catalog: files.catalog)
        #expect(report == MigrationPrune.Report())
        #expect(files.ids.allSatisfy { files.isAtSource($0) })

        let sent = files.fixture.count("PutObject")
        let totals = try await files.run()
        #expect(totals.done.objects == 503)
        #expect(files.fixture.count("PutObject") == sent)
        #expect(try await files.catalog.cutOverState(store: files.store).waiting == 0)
    }

    @Test func `what the catalog serves from the source is not pruned, whatever the journal says`() async throws {
        let files = try await MovedFiles(count: 2)
        let (returned, moved) = (files.ids[0], files.ids[1])
        let count = try await files.catalog.returnToOldPlace(
            objectKeys: [files.key(of: returned)],
            store: files.store
        )
        #expect(count == 1)
        let report = try await files.prune(catalog: files.catalog)
        #expect(report.refused == ["still_served": 1])
        #expect(report.pruned.objects == 1)
        #expect(files.isAtSource(returned))
        #expect(!files.isAtSource(moved))
    }

    @Test func `attachments are not pruned where no catalog can be asked`() async throws {
        let files = try await MovedFiles(count: 1)
        let report = try await files.prune(catalog: nil)
        #expect(report.refused == ["still_served": 1])
        #expect(files.isAtSource(files.ids[0]))
    }
}

/// A directory that does not answer when one of its files is looked at.
private struct FailingStore: ObjectStore {
    let base: DirectoryStore
    let location: String

    var identity: String { base.identity }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        try await base.list(body)
    }

    func head(_ location: String) async throws -> StoredObject? {
        guard location != self.location else {
            throw MigrationError(.sourceUnreadable, "\(location) cannot be read: input/output error", isTransient: true)
        }
        return try await base.head(location)
    }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        try await base.read(location, from: offset, body)
    }

    func delete(_ location: String) async throws {
        try await base.delete(location)
    }
}
