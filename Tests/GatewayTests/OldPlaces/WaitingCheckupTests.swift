import Catalog
import Foundation
import S3
import TestSupport
import Testing

@testable import Gateway

/// `satchel check` while files wait in an old place: it says ok where they can be served, and only there.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct WaitingCheckupTests {
    private let root: MediaRoot
    private let directory: TemporaryDirectory
    private let configuration: GatewayConfiguration
    private let catalog: Catalog
    private let message = Message(id: UUID(), conversationID: UUID(), senderID: "ann", createdAt: Date())

    init() async throws {
        root = try MediaRoot()
        directory = try TemporaryDirectory()
        configuration = try await GatewayHarness.makeConfiguration(directory: directory, seaweed: SeaweedFS.shared)
        catalog = try Catalog.open(path: configuration.databasePath)
        try catalog.migrate()
        _ = try await catalog.settleStorage(current: configuration.storage.identity(), source: nil)
        try await catalog.putConversation(id: message.conversationID, participants: [])
        try await catalog.putMessage(message)
    }

    /// The catalog's attachment of a file that waits.
    private func adopt(_ location: String) async throws {
        let id = UUID()
        let attachment = CatalogAttachment(
            id: id,
            messageID: message.id,
            objectKey: "attachments/2025/01/15/\(id.text)/original",
            fileName: "a.pdf",
            fileKind: .document,
            fileSize: 3,
            mediaType: "application/pdf",
            sha256: nil,
            status: .ready,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_736_899_200)
        )
        let candidate = AdoptionCandidate(attachment: attachment, locations: [attachment.objectKey: location])
        #expect(try await catalog.adoptAttachments([candidate], store: root.store) == [.adopted])
    }

    private func lines(source: String?) async -> [CheckLine] {
        var configuration = configuration
        configuration.migrationSource = source.map { .directory(path: $0) }
        return await StorageCheckup(configuration: configuration).run()
    }

    @Test func `where nothing waits there is one line`() async throws {
        let lines = await lines(source: nil)
        #expect(lines.map(\.verdict) == [.good])
    }

    @Test func `files that wait where nobody looks are answered 503, and that is bad`() async throws {
        try root.write([1, 2, 3], to: "a.pdf")
        for _ in 0..<2 { try await adopt("a.pdf") }
        let lines = await lines(source: nil)
        #expect(lines.first?.detail.hasSuffix("but for 2 that wait elsewhere") == true)
        let bad = try #require(lines.first { !$0.isGood })
        #expect(bad.subject == "storage")
        #expect(bad.detail.contains("2 files wait in \(root.store), which migration.source does not name"))
        #expect(bad.detail.contains("503"))
        // Another directory is no better.
        #expect(await self.lines(source: directory.path).contains { $0 == bad })
    }

    @Test func `files that wait in the configured place are looked for there`() async throws {
        try root.write([1, 2, 3], to: "a.pdf")
        try await adopt("a.pdf")
        let good = await lines(source: root.path)
        #expect(good.map(\.verdict) == [.good, .good])
        #expect(good.last?.detail == "1 files wait in \(root.store) and are served from there")
        // One that is gone is worth a word, and the place serves the others.
        try await adopt("gone.pdf")
        try await adopt("gone.pdf")
        let note = try #require(await lines(source: root.path).last)
        #expect(note.verdict == .note)
        #expect(note.detail.contains("gone.pdf is not there"))
    }

    @Test func `a place that is not mounted is bad`() async throws {
        try root.write([1, 2, 3], to: "a.pdf")
        try await adopt("a.pdf")
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path) {
            try FileManager.default.removeItem(atPath: "\(root.path)/\(name)")
        }
        let empty = await lines(source: root.path)
        #expect(empty.contains { !$0.isGood && $0.detail.contains("cannot be read") })
        try FileManager.default.removeItem(atPath: root.path)
        #expect(await lines(source: root.path).contains { !$0.isGood && $0.detail.contains("migration.source") })
    }
}
