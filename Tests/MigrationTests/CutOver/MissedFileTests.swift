import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// Files that records name and that are not at the source any more.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MissedFileTests {
    private struct Complaining: MigrationInventory {
        let complaints: [MigrationComplaint]

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.complaints = complaints
            try await body(batch)
        }
    }

    private func missing(_ id: UUID, _ location: String) -> MigrationComplaint {
        MigrationComplaint(
            kind: .missing,
            subject: "row \(id)",
            reason: "its file \(location) is not there",
            file: MigrationComplaint.File(attachmentID: id, location: location)
        )
    }

    private func missing(_ id: UUID) -> MigrationComplaint { missing(id, MovedFiles.location(of: id)) }

    @Test func `what was pruned or deleted is not missed, what waits there and what nobody knows is`() async throws {
        let files = try await MovedFiles(count: 3)
        let (pruned, deleted, waiting, unknown) = (files.ids[0], files.ids[1], files.ids[2], UUID())
        #expect(try await files.catalog.deleteMessage(id: deleted))
        let keys = [files.key(of: waiting)]
        #expect(try await files.catalog.returnToOldPlace(objectKeys: keys, store: files.store) == 1)
        for id in files.ids { try await files.fixture.store().delete(MovedFiles.location(of: id)) }
        // So that the directory is not an empty one, which would not count as there.
        try files.fixture.write("other", [1])

        let complaints = [missing(pruned), missing(deleted), missing(waiting), missing(unknown)]
        let report = try await files.withJournal { journal in
            try await MigrationIntake(catalog: files.catalog, journal: journal, source: try files.fixture.store())
                .take(Complaining(complaints: complaints))
        }
        #expect(report.complaints == [missing(waiting), missing(unknown)])
        #expect(report.complaintCount == 2)

        let plan = try await MigrationPlan.make(
            of: Complaining(complaints: complaints),
            source: try files.fixture.store(),
            arrived: ArrivedFiles(catalog: files.catalog, store: try files.store)
        )
        #expect(plan.complaintCounts == [.missing: 2, .unreferenced: 1])
    }

    @Test func `another file that the record names by now is missed, and what is locked is told of`() async throws {
        let files = try await MovedFiles(count: 1)
        let id = files.ids[0]
        var locked = missing(id)
        locked.kind = .unreadable
        let complaints = [missing(id, "renamed.bin"), locked]
        let arrived = ArrivedFiles(catalog: files.catalog, store: try files.store)
        #expect(try await arrived.stillMissed(complaints) == complaints)
        #expect(try await arrived.stillMissed([missing(id)]).isEmpty)
    }

    @Test func `a record whose file is away says which, and which thumbnail`() async throws {
        let project = try OldProject()
        try project.add(1, file: "gone.mp4", bytes: nil)
        try project.add(2, file: "2.mp4", bytes: SampleBytes.mp4, thumbnail: "gone.jpg")
        let complaints = try await all(of: try project.inventory()).complaints.filter { $0.kind == .missing }
        #expect(complaints.compactMap(\.file?.location).sorted() == ["gone.jpg", "gone.mp4"])
        let ids = Set(complaints.compactMap { $0.file?.attachmentID })
        #expect(ids == Set([1, 2].compactMap { OldProject.uuid(OldProject.id($0)) }))
    }
}
