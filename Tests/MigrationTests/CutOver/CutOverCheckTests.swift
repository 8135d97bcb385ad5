import Catalog
import Foundation
import Migration
import S3
import TestSupport
import Testing

/// Whether everything has arrived, asked before anything is looked at.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct CutOverCheckTests {
    private func standing(_ files: MovedFiles) async throws -> CutOverCheck.Standing {
        let journal = try MigrationJournal.openForReading(path: files.fixture.journalPath)
        let standing = try await CutOverCheck(catalog: files.catalog, journal: journal).standing()
        try await journal.close()
        return standing
    }

    @Test func `where everything has arrived nothing is in the way`() async throws {
        #expect(try await standing(try await MovedFiles(count: 2)) == .arrived)
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
}
