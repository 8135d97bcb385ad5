import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// A row points to its old place again only where that has the bytes that arrived.
struct RollbackProofTests {
    private func rollback(_ files: MovedFiles, maxBytesPerSecond: Int64? = nil) async throws -> MigrationRollback.Report
    {
        try await files.withJournal { journal in
            try await MigrationRollback(
                catalog: files.catalog,
                source: try files.fixture.store(),
                journal: journal,
                maxBytesPerSecond: maxBytesPerSecond
            )
            .run()
        }
    }

    private func state(_ id: UUID, _ files: MovedFiles) throws -> OldPlace.State? {
        try files.catalog.oldPlace(objectKey: files.key(of: id), store: files.store)?.state
    }

    /// Other bytes, as many as there were.
    private func overwrite(_ id: UUID, _ files: MovedFiles) throws {
        let location = MovedFiles.location(of: id)
        try files.fixture.write(location, Array(location.uppercased().utf8))
    }

    @Test(
        .enabled(if: SeaweedFS.isAvailable, "there is no S3 server"),
        .timeLimit(.minutes(2)),
        arguments: [true, false]
    )
    func `a file of the same length and other bytes is told of and left, also where the journal was lost`(
        hasJournal: Bool
    ) async throws {
        let files = try await MovedFiles(count: 4)
        let (same, touched, overwritten, gone) = (files.ids[0], files.ids[1], files.ids[2], files.ids[3])
        try files.fixture.write(
            MovedFiles.location(of: touched),
            Array(MovedFiles.location(of: touched).utf8),
            modifiedAt: Date(timeIntervalSince1970: 1_000_000_000)
        )
        try overwrite(overwritten, files)
        try FileManager.default.removeItem(atPath: files.fixture.source.file(MovedFiles.location(of: gone)))
        if !hasJournal { try FileManager.default.removeItem(atPath: files.fixture.journalPath) }

        let report = try await rollback(files)
        #expect(report.returned == 2)
        #expect(report.kept == 2)
        #expect(report.changed == 1)
        #expect(report.unproved == 0)
        #expect(Set(report.examples) == Set([overwritten, gone].map(MovedFiles.location)))
        #expect(try state(same, files) == .waiting)
        #expect(try state(touched, files) == .waiting)
        #expect(try state(overwritten, files) == .moved)
        #expect(try state(gone, files) == .moved)
        // What was left is still in the storage, and what is in its old place is as somebody wrote it.
        let content = try await files.fixture.content(files.key(of: overwritten))
        #expect(content == Array(MovedFiles.location(of: overwritten).utf8))
        #expect(files.isAtSource(overwritten))

        // Put back, it is returned, too.
        try files.fixture.write(
            MovedFiles.location(of: overwritten),
            Array(MovedFiles.location(of: overwritten).utf8)
        )
        let again = try await rollback(files)
        #expect(again.returned == 1)
        #expect(try state(overwritten, files) == .waiting)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
    func `it reads no faster than it is told`() async throws {
        let files = try await MovedFiles(count: 5)
        let start = ContinuousClock.now
        // Five names of 40 bytes.
        let report = try await rollback(files, maxBytesPerSecond: 100)
        #expect(report.returned == 5)
        #expect(start.duration(to: .now) >= .seconds(1))
    }

    @Test(.enabled(if: getuid() != 0, "root may read every file"))
    func `a file that may not be read is told of and left`() async throws {
        let stage = try await LostJournal()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: stage.folder.file("video"))
        let report = try await stage.rollback()
        #expect(report.unreadable == 1)
        #expect(report.examples == ["video"])
        #expect(report.returned == 1)
    }

    @Test func `a file that may not be looked at keeps none of the others from their old place`() async throws {
        let stage = try await LostJournal()
        let elsewhere = try TemporaryDirectory()
        try elsewhere.write("0123", to: "video")
        try FileManager.default.removeItem(atPath: stage.folder.file("video"))
        try FileManager.default.createSymbolicLink(
            atPath: stage.folder.file("video"),
            withDestinationPath: elsewhere.file("video")
        )
        let report = try await stage.rollback()
        #expect(report.unreadable == 1)
        #expect(report.examples == ["video"])
        #expect(report.returned == 1)
        #expect(report.kept == 1)
    }

    @Test func `a rendition of which no digest is known is returned by its length, and counted`() async throws {
        let stage = try await LostJournal()
        let report = try await stage.rollback()
        #expect(report.returned == 2)
        #expect(report.unproved == 1)
        #expect(report.kept == 0)
        let other = try await LostJournal()
        try other.folder.write("another length", to: "picture")
        let kept = try await other.rollback()
        #expect(kept.returned == 1)
        #expect(kept.unproved == 0)
        #expect(kept.examples == ["picture"])
    }
}

/// A video and its picture that were moved by a journal that is lost: the catalog has the digest of the video alone.
private struct LostJournal {
    let folder: TemporaryDirectory
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let source: DirectoryStore
    private let journal: MigrationJournal

    init() async throws {
        folder = try TemporaryDirectory()
        directory = try TemporaryDirectory()
        try folder.write("0123", to: "video")
        try folder.write("picture", to: "picture")
        source = try DirectoryStore(path: folder.path)
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        journal = try MigrationJournal.open(
            path: directory.file("migration.sqlite"),
            source: source.identity,
            target: "s3:http://127.0.0.1:1/bucket"
        )
        let (id, message) = (UUID.version7(), UUID.version7())
        let conversation = UUID.version7()
        try await catalog.putConversation(id: conversation, participants: [])
        try await catalog.putMessage(
            Message(id: message, conversationID: conversation, senderID: "ann", createdAt: Date())
        )
        var candidate = AdoptionCandidate.waiting(
            id,
            in: message,
            kind: .video,
            mediaType: "video/mp4",
            sha256: nil,
            location: "video"
        )
        candidate.attachment.fileSize = 4
        let key = candidate.attachment.objectKey + ".thumbnail"
        candidate.attachment.renditions = [
            Rendition(
                name: Rendition.thumbnail,
                objectKey: key,
                width: 3,
                height: 2,
                mediaType: "image/jpeg",
                byteCount: 7
            )
        ]
        candidate.locations[key] = "picture"
        #expect(try await catalog.adoptAttachments([candidate], store: source.identity) == [.adopted])
        // The SHA-256 of "0123"; that of the picture is kept by the journal alone.
        let digest = "1be2e452b46d7a0d9656bbb1f768e8248eba1b75baed65f5d99eafa948899a6a"
        for (key, byteCount) in [(candidate.attachment.objectKey, Int64(4)), (key, 7)] {
            let arrived = ArrivedObject(
                objectKey: key,
                store: source.identity,
                byteCount: byteCount,
                sha256: digest
            )
            #expect(try await catalog.finishMove(arrived) == .moved)
        }
    }

    func rollback() async throws -> MigrationRollback.Report {
        try await MigrationRollback(catalog: catalog, source: source, journal: journal).run()
    }
}
