import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct MigrationExportTests {
    @Test func `a bucket comes back as the directory that it was, and no temporary file is left`() async throws {
        let fixture = try await MigrationFixture()
        let time = Date(timeIntervalSince1970: 1_650_000_000.125)
        let long = String(repeating: "n", count: 255)
        let files = ["a/b/c.txt": Array("text".utf8), "\u{FC}": [1, 2], "empty": [], long: [9]]
        for (name, content) in files { try fixture.write(name, content, modifiedAt: time) }
        try await fixture.run(files.keys.map { MigrationItem(location: $0, targetKey: $0) })
        let directory = try TemporaryDirectory()
        let root = directory.file("out")
        let export = MigrationExport(
            store: BucketStore(client: fixture.client),
            directory: root,
            logger: MigrationFixture.logger
        )
        let report = try await export.run()
        #expect(report.complaints.isEmpty)
        #expect(report.written == MigrationTotals.Amount(objects: 4, bytes: 7))
        for (name, content) in files {
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: "\(root)/\(name)"))) == content)
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
            let modified = try #require(attributes[.modificationDate] as? Date)
            #expect(abs(modified.timeIntervalSince(time)) < 0.001)
        }
        let names = try FileManager.default.subpathsOfDirectory(atPath: root)
        #expect(Set(names) == ["a", "a/b", "a/b/c.txt", "\u{FC}", "empty", long, "manifest.jsonl"])
        let manifest = try String(contentsOfFile: "\(root)/manifest.jsonl", encoding: .utf8)
        #expect(manifest.split(separator: "\n").count == 4)
        // As sha256sum has it of "text".
        #expect(manifest.contains("\"sha256\":\"982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1\""))

        let again = try await export.run()
        #expect(again.kept == report.written)
        #expect(again.written.objects == 0)
    }

    @Test func `a key that the export has for itself is brought under another name`() async throws {
        let fixture = try await MigrationFixture()
        for key in ["manifest.jsonl", "fine"] {
            _ = try await fixture.plain.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: "x")),
                contentType: "text/plain"
            )
        }
        let directory = try TemporaryDirectory()
        let report = try await MigrationExport(
            store: BucketStore(client: fixture.client),
            directory: directory.path,
            logger: MigrationFixture.logger
        )
        .run()
        #expect(report.written.objects == 2)
        #expect(report.complaints == [])
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(Set(names) == ["fine", "%6Danifest.jsonl", "manifest.jsonl"])
    }
}
