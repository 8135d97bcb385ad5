import Catalog
import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// A bucket with what says which of its objects is what: a manifest, or a Django database of other names.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct BucketSourceTests {
    private let fixture: MigrationFixture
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let source: BucketStore
    private static let message = "0195a1b2-0000-7000-8000-000000000001"
    private static let conversation = "0195a1b2-0000-7000-8000-000000000002"

    init() async throws {
        fixture = try await MigrationFixture()
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        // Another bucket of the same storage, below a prefix.
        let storage = try await SeaweedFS.shared
        let client = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
        source = BucketStore(client: client, prefix: "old media/")
    }

    private func put(_ location: String, _ bytes: [UInt8], _ headers: S3ObjectHeaders) async throws {
        _ = try await source.client.putObject(
            key: source.key(of: location),
            body: .bytes(ByteBuffer(bytes: bytes)),
            headers: headers
        )
    }

    /// Takes the inventory in, and moves all of it.
    private func bring(_ inventory: any MigrationInventory) async throws -> MigrationIntake.Report {
        let journal = try fixture.journal(of: source)
        let report = try await MigrationIntake(catalog: catalog, journal: journal, source: source).take(inventory)
        try await journal.close()
        let recorder = CatalogRecorder(catalog: catalog, store: source.identity)
        let totals = try await fixture.run(from: source, recorder: recorder)
        #expect(totals.failed.isEmpty)
        #expect(totals.remaining.objects == 0)
        return report
    }

    @Test func `with a manifest each object becomes the attachment that its line speaks of`() async throws {
        let name = "2025/01/F\u{EA}te + (1)%20?.png"
        var headers = S3ObjectHeaders(contentType: "image/png", cacheControl: "private")
        headers.contentDisposition = "attachment; filename=\"f.png\""
        headers.metadata = [(name: "owner", value: "7")]
        try await put(name, SampleBytes.png, headers)
        try await put("text", Array("text".utf8), S3ObjectHeaders(contentType: "text/plain"))
        let lines = [
            """
            {"path": "\(name)", "message_id": "\(Self.message)", "conversation_id": "\(Self.conversation)", \
            "sender_id": "ann", "participants": ["ann", "bob"], "uploaded_at": "2025-01-15T10:30:00Z"}
            """,
            // As sha256sum has it of "text".
            """
            {"path": "text", "message_id": "\(Self.message)", "file_name": "notes.txt", "uploaded_by": "bob", \
            "sha256": "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"}
            """,
            #"{"path": "nowhere", "message_id": "\#(Self.message)", "uploaded_by": "bob"}"#,
        ]
        try directory.write(lines.joined(separator: "\n"), to: "files.jsonl")
        let report = try await bring(try Manifest(path: directory.file("files.jsonl"), files: source))
        #expect(report.adopted == 2)
        #expect(report.complaints.map(\.kind) == [.missing])

        let found = try await catalog.attachments(limit: 10)
        let picture = try #require(found.first { $0.mediaType == "image/png" })
        #expect(picture.uploadedBy == "ann")
        #expect(picture.uploadedAt == Date(timeIntervalSince1970: 1_736_937_000))
        #expect(picture.messageID == UUID(uuidString: Self.message))
        #expect(picture.waitingPlaces.isEmpty)
        #expect(try await fixture.content(picture.objectKey) == SampleBytes.png)
        let head = try await fixture.plain.headObject(key: picture.objectKey)
        #expect(head.contentType == "image/png")
        #expect(head.cacheControl == "private")
        #expect(head.metadata["owner"] == "7")
        let notes = try #require(found.first { $0.fileName == "notes.txt" })
        #expect(notes.uploadedBy == "bob")
        #expect(try await fixture.content(notes.objectKey) == Array("text".utf8))
        let conversation = try #require(UUID(uuidString: Self.conversation))
        #expect(try await catalog.participants(conversationID: conversation).map(\.userID).sorted() == ["ann", "bob"])
        // The source is only read.
        #expect(try await source.head(name)?.byteCount == Int64(SampleBytes.png.count))
    }

    @Test func `with a Django database of other names its media come out of the bucket`() async throws {
        let project = try OldProject()
        try project.add(
            1,
            file: "attachments/a b.png",
            bytes: nil,
            name: "picture.png",
            type: "image",
            mime: "image/png"
        )
        try project.execute(
            """
            ALTER TABLE chat_attachment RENAME TO files_upload;
            ALTER TABLE files_upload RENAME COLUMN file_name TO original_name;
            ALTER TABLE files_upload DROP COLUMN codec;
            """
        )
        try await put("attachments/a b.png", SampleBytes.png, S3ObjectHeaders(contentType: "image/png"))
        let report = try await bring(
            try project.inventory(
                ["attachment=files_upload", "attachment.file_name=original_name", "attachment.codec="],
                files: source
            )
        )
        #expect(report.complaints == [])
        #expect(report.adopted == 1)
        let attachment = try #require(try await catalog.attachments(limit: 10).first)
        #expect(attachment.id == OldProject.uuid(OldProject.id(1)))
        #expect(attachment.fileName == "picture.png")
        #expect(attachment.waitingPlaces.isEmpty)
        #expect(try await fixture.content(attachment.objectKey) == SampleBytes.png)
    }
}
