import Catalog
import Foundation
import Migration
import TestSupport
import Testing

/// What an export writes, a migration reads.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct ManifestRoundTripTests {
    @Test func `an export that is brought in again has the same participants with their roles`() async throws {
        let other = try await OtherInstallation()
        let attachments = [try await other.add(SampleBytes.png), try await other.add(SampleBytes.png + [0])]
        let directory = try TemporaryDirectory()
        let root = directory.file("out")
        let export = MigrationExport(
            catalog: other.catalog,
            client: other.client,
            directory: root,
            logger: MigrationFixture.logger
        )
        #expect(try await export.run().complaints == [])
        let text = try String(contentsOfFile: "\(root)/manifest.jsonl", encoding: .utf8)
        #expect(text.contains("\"admins\":[\"ann\"]"))
        #expect(text.contains("\"participants\":[\"ann\",\"bob\"]"))

        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        let files = try DirectoryStore(path: root)
        let journal = try MigrationJournal.open(
            path: directory.file("migration.sqlite"),
            source: files.identity,
            target: "s3:http://127.0.0.1:1/bucket"
        )
        let manifest = try Manifest(path: "\(root)/manifest.jsonl", files: files)
        let report = try await MigrationIntake(catalog: catalog, journal: journal, source: files).take(manifest)
        #expect(report.complaints == [])
        #expect(report.adopted == 2)
        #expect(try await catalog.participants(conversationID: other.conversation.id) == other.participants)
        for attachment in attachments {
            let brought = try #require(try await catalog.attachment(id: attachment.id))
            #expect(brought.fileName == attachment.fileName)
            #expect(brought.messageID == attachment.messageID)
            #expect(brought.uploadedAt == attachment.uploadedAt)
            #expect(brought.uploadedBy == "bob")
        }
    }
}
