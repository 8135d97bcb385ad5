import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// Attachments of a catalog whose files were adopted from a directory and moved into a real storage.
struct MovedFiles {
    let fixture: MigrationFixture
    let catalog: Catalog
    let ids: [UUID]
    private let directory: TemporaryDirectory

    /// Adopts and moves so many files, each of its name's bytes, one message an attachment.
    init(count: Int) async throws {
        fixture = try await MigrationFixture()
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        ids = (0..<count).map { _ in UUID() }
        let conversation = UUID()
        try await catalog.putConversation(id: conversation, participants: [])
        var candidates: [AdoptionCandidate] = []
        for id in ids {
            let message = Message(id: id, conversationID: conversation, senderID: "ann", createdAt: Date())
            try await catalog.putMessage(message)
            let location = Self.location(of: id)
            try fixture.write(location, Array(location.utf8))
            candidates.append(
                .waiting(id, in: id, kind: .other, mediaType: "text/plain", sha256: nil, location: location)
            )
        }
        let outcomes = try await catalog.adoptAttachments(candidates, store: store)
        #expect(outcomes == Array(repeating: .adopted, count: count))
        let totals = try await run(ids.map(item))
        #expect(totals.done.objects == Int64(count))
    }

    var store: String {
        get throws { try fixture.store().identity }
    }

    static func location(of id: UUID) -> String { "\(id.uuidString.lowercased()).bin" }

    func key(of id: UUID) -> String { "attachments/\(id.uuidString.lowercased()).original" }

    func item(_ id: UUID) -> MigrationItem {
        MigrationItem(location: Self.location(of: id), targetKey: key(of: id), attachmentID: id)
    }

    func isAtSource(_ id: UUID) -> Bool {
        FileManager.default.fileExists(atPath: fixture.source.file(Self.location(of: id)))
    }

    func run(_ items: [MigrationItem] = []) async throws -> MigrationTotals {
        try await fixture.run(items, recorder: CatalogRecorder(catalog: catalog, store: store))
    }

    /// What `work` makes of the journal, opened for it as by a process of its own.
    func withJournal<Value>(_ work: (MigrationJournal) async throws -> Value) async throws -> Value {
        try await fixture.withJournal(work)
    }

    func prune(catalog: Catalog?) async throws -> MigrationPrune.Report {
        try await withJournal { journal in
            try await MigrationPrune(
                journal: journal,
                source: try fixture.store(),
                target: fixture.target,
                catalog: catalog,
                minAge: .zero,
                logger: MigrationFixture.logger
            )
            .run()
        }
    }
}
