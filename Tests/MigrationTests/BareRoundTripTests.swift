import Foundation
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// A bucket that is exported, and brought in again by its manifest.
@Suite(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
struct BareRoundTripTests {
    private let fixture: MigrationFixture
    private let directory: TemporaryDirectory
    private let old: S3Client

    init() async throws {
        fixture = try await MigrationFixture()
        directory = try TemporaryDirectory()
        let storage = try await SeaweedFS.shared
        old = try S3Client(configuration: storage.configuration(bucket: try await storage.makeBucket()))
    }

    private var root: String { directory.file("out") }

    private func export(_ store: any ObjectStore) async throws -> MigrationExport.Report {
        try await MigrationExport(store: store, directory: root, logger: MigrationFixture.logger).run()
    }

    private func manifest(_ files: DirectoryStore, keyPrefix: String = "") throws -> Manifest {
        try Manifest(path: "\(root)/manifest.jsonl", files: files, keyPrefix: keyPrefix)
    }

    @Test func `all that a bucket has comes back under its key, with type, headers, metadata and time`() async throws {
        var headers = S3ObjectHeaders(contentType: "image/png", cacheControl: "max-age=60")
        headers.contentDisposition = "inline; filename=\"f.png\""
        headers.contentEncoding = "gzip"
        headers.contentLanguage = "de"
        headers.metadata = [(name: "owner", value: "7"), (name: "mtime", value: "1600000000.5")]
        // `%2F` between slashes is such a key itself, and reads like an encoding.
        let keys = ["2025/F\u{EA}te + (1)%20?.png", "a/%2F/b", "manifest.jsonl", "100%25"]
        for key in keys {
            _ = try await old.putObject(key: key, body: .bytes(ByteBuffer(string: key)), headers: headers)
        }
        let report = try await export(BucketStore(client: old))
        #expect(report.complaints == [])
        #expect(report.written.objects == 4)

        #expect(try !Manifest.speaksOfMessages(path: "\(root)/manifest.jsonl"))
        let files = try DirectoryStore(path: root)
        let plan = try await MigrationPlan.make(
            of: try manifest(files),
            source: files,
            target: BucketStore(client: fixture.client)
        )
        #expect(plan.complaintCounts == [:])
        #expect(plan.kinds["bare"]?.objects == 4)

        let journal = try fixture.journal(of: files)
        let taken = try await MigrationIntake(catalog: nil, journal: journal, source: files).take(try manifest(files))
        #expect(taken.complaints == [])
        #expect(taken.remarks == [])
        #expect(taken.newObjects == 4)
        try await journal.close()
        #expect(try await fixture.run(from: files).done.objects == 4)
        for key in keys {
            #expect(try await fixture.content(key) == Array(key.utf8))
            let head = try await fixture.plain.headObject(key: key)
            #expect(head.contentType == "image/png")
            #expect(head.contentDisposition == "inline; filename=\"f.png\"")
            #expect(head.cacheControl == "max-age=60")
            #expect(head.contentEncoding == "gzip")
            #expect(head.contentLanguage == "de")
            #expect(head.metadata["owner"] == "7")
            #expect(head.metadata["mtime"] == "1600000000.5")
        }
        #expect(try await fixture.plain.listObjects().count == 4)
    }

    @Test func `keys that no file can have are files all the same, and come back`() async throws {
        let long = String(repeating: "n", count: 300)
        // Of these a real storage holds some, and no one holds all.
        let keys = [
            "a", "a/b", "a/b/c", "a//b", "./x", "../x", "folder/", "nul\u{0}", long, "\(long)/x", "manifest.jsonl/x",
            "manifest.jsonl",
        ]
        let store = KeyStore(keys)
        let report = try await export(store)
        #expect(report.complaints == [])
        #expect(report.written.objects == Int64(keys.count))
        let lines = try String(contentsOfFile: "\(root)/manifest.jsonl", encoding: .utf8).split(separator: "\n")
        var found: [String: String] = [:]
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            found[try #require(object["key"] as? String)] = try #require(object["path"] as? String)
        }
        #expect(Set(found.keys) == Set(keys))
        #expect(found["a"] == "a%=")
        #expect(found["a/b/c"] == "a/b/c")
        for (key, path) in found {
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(path)")) == Data(key.utf8))
        }
        // Given again it finds all of it there.
        let again = try await export(store)
        #expect(again.kept.objects == Int64(keys.count))
        #expect(again.written.objects == 0)

        let files = try DirectoryStore(path: root)
        let batch = try await all(of: try manifest(files, keyPrefix: "back/"))
        let wanted = Set(keys.map { "back/\($0)" })
        let items = Set(batch.items.map(\.targetKey))
        // What not every storage keeps is encoded, and told.
        let kept: Set = [
            "back/a", "back/a/b", "back/a/b/c", "back/\(long)", "back/\(long)/x", "back/manifest.jsonl",
            "back/manifest.jsonl/x",
        ]
        #expect(items.intersection(wanted) == kept)
        #expect(items.count == keys.count)
        #expect(batch.complaints.count == 5)
        #expect(batch.complaints.allSatisfy { $0.isRemark })
    }

    @Test func `a key that became a folder since the last export is put beside it at once`() async throws {
        _ = try await export(KeyStore(["a"]))
        let report = try await export(KeyStore(["a", "b"]))
        #expect(report.kept.objects == 1)
        // The one below it comes first, and of "b" the file alone is left.
        let last = try await export(KeyStore(["a", "a/b", "b/c/d"]))
        #expect(last.complaints == [])
        #expect(last.written.objects == 2)
        #expect(last.kept.objects == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(root)/b/c/d")) == Data("b/c/d".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(root)/b%=")) == Data("b".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(root)/a%=")) == Data("a".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(root)/a/b")) == Data("a/b".utf8))
    }

    @Test func `a folder's marker is told of`() async throws {
        for (key, text) in [("folder/", ""), ("folder/x", "x")] {
            _ = try await old.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: text)),
                contentType: "application/x-directory"
            )
        }
        let report = try await export(BucketStore(client: old))
        #expect(report.complaints == [])
        #expect(report.written.objects == 1)
        let isListed = try await old.listObjects().contains { $0.key == "folder/" }
        #expect(report.remarks.map(\.subject) == (isListed ? ["folder/"] : []))
    }
}

/// A store with such keys as no one server takes, each with its own name for bytes.
private struct KeyStore: ObjectStore {
    let keys: [String]
    private let time = Date(timeIntervalSince1970: 1_700_000_000)

    init(_ keys: [String]) { self.keys = keys }

    var identity: String { "s3:http://127.0.0.1:1/keys" }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        // In no order, as some servers list.
        try await body(keys.reversed().map(object))
    }

    func head(_ location: String) async throws -> StoredObject? { keys.contains(location) ? object(location) : nil }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        try await body(ByteBuffer(bytes: location.utf8.dropFirst(Int(offset))))
    }

    func delete(_ location: String) async throws {
        throw MigrationError(.sourceUnreadable, "an export deletes nothing")
    }

    private func object(_ key: String) -> StoredObject {
        StoredObject(location: key, byteCount: Int64(key.utf8.count), contentType: "text/plain", modifiedAt: time)
    }
}
