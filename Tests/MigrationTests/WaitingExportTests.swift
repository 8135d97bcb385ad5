import Catalog
import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// An export while a migration is under way: some files are in the storage, others wait in their old place.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct WaitingExportTests {
    private let fixture: MigrationFixture
    private let catalog: Catalog
    private let directory: TemporaryDirectory
    private let ids = (0..<3).map { _ in UUID() }

    /// Three attachments of an old directory, of which the first has been moved.
    init() async throws {
        fixture = try await MigrationFixture()
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        let conversation = UUID()
        try await catalog.putConversation(id: conversation, participants: [])
        var candidates: [AdoptionCandidate] = []
        for id in ids {
            try await catalog.putMessage(
                Message(id: id, conversationID: conversation, senderID: "ann", createdAt: Date())
            )
            let location = MovedFiles.location(of: id)
            try fixture.write(location, Array(location.utf8))
            candidates.append(
                .waiting(id, in: id, kind: .other, mediaType: "text/plain", sha256: nil, location: location)
            )
        }
        _ = try await catalog.adoptAttachments(candidates, store: try fixture.store().identity)
        try await move(ids[0])
    }

    private func move(_ id: UUID) async throws {
        let item = MigrationItem(
            location: MovedFiles.location(of: id),
            targetKey: "attachments/\(id.uuidString.lowercased()).original",
            attachmentID: id
        )
        let recorder = CatalogRecorder(catalog: catalog, store: try fixture.store().identity)
        try await fixture.run([item], recorder: recorder)
    }

    private func export(_ oldPlaces: [any ObjectStore]) async throws -> MigrationExport.Report {
        try await MigrationExport(
            catalog: catalog,
            client: fixture.client,
            oldPlaces: oldPlaces,
            directory: directory.file("out"),
            logger: MigrationFixture.logger
        )
        .run()
    }

    private func exported(_ id: UUID) -> String? {
        try? String(contentsOfFile: directory.file("out/files/\(id.uuidString.lowercased())/file"), encoding: .utf8)
    }

    @Test func `what waits is read in its old place, and counted`() async throws {
        let report = try await export([try fixture.store()])
        #expect(report.complaints == [])
        #expect(report.written.objects == 3)
        // A name is an id of 36 characters and `.bin`.
        #expect(report.waiting == MigrationTotals.Amount(objects: 2, bytes: 80))
        for id in ids { #expect(exported(id) == MovedFiles.location(of: id)) }
        let manifest = try String(contentsOfFile: directory.file("out/manifest.jsonl"), encoding: .utf8)
        #expect(manifest.split(separator: "\n").count == 3)

        // What has been moved since is the file that is there already.
        try await move(ids[1])
        let again = try await export([try fixture.store()])
        #expect(again.kept.objects == 3)
        #expect(again.written.objects == 0)
        #expect(again.waiting.objects == 1)
    }

    @Test func `where nobody says what the old place is, what waits there is told with the place`() async throws {
        let report = try await export([])
        #expect(report.written.objects == 1)
        #expect(report.waiting.objects == 0)
        #expect(report.complaints.map(\.kind) == [.unreadable, .unreadable])
        let store = try fixture.store().identity
        for complaint in report.complaints {
            #expect(complaint.reason.contains("waits in \(store)"))
            #expect(complaint.reason.contains("migration.source"))
            #expect(complaint.reason.contains("--old-place"))
        }
    }

    @Test func `what is moved and pruned between the look-up and the reading is read in the storage`() async throws {
        let (id, files) = (ids[1], fixture.source)
        let store = VanishingStore(try fixture.store(), at: MovedFiles.location(of: id)) {
            try await move(id)
            try FileManager.default.removeItem(atPath: files.file(MovedFiles.location(of: id)))
        }
        let report = try await export([store])
        #expect(report.complaints == [])
        #expect(report.written.objects == 3)
        #expect(report.waiting.objects == 1)
        #expect(exported(id) == MovedFiles.location(of: id))
    }
}

/// A directory in which something happens the first time that somebody asks for a file.
private final class VanishingStore: ObjectStore {
    private let files: DirectoryStore
    private let location: String
    private let event: Mutex<(@Sendable () async throws -> Void)?>

    init(_ files: DirectoryStore, at location: String, _ event: @escaping @Sendable () async throws -> Void) {
        self.files = files
        self.location = location
        self.event = Mutex(event)
    }

    var identity: String { files.identity }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws { try await files.list(body) }

    func head(_ location: String) async throws -> StoredObject? {
        if location == self.location, let event = event.withLock({ $0.take() }) { try await event() }
        return try await files.head(location)
    }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        try await files.read(location, from: offset, body)
    }

    func delete(_ location: String) async throws { try await files.delete(location) }
}
