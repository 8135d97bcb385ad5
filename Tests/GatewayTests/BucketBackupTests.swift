import Foundation
import Gateway
import NIOCore
import S3
import TestSupport
import Testing

/// Backups in a bucket: read back, held against their digest, and only then in the place of older ones.
struct BackupNameTests {
    private let names = (1...4).map { "satchel-2026112\($0)T033000Z.sqlite" }

    @Test func `what was never read back counts for nothing, and keeps nothing from being kept`() {
        let digests = names.map(BackupName.digest)
        let other = ["satchel-old.sqlite", "notes.sha256"]
        #expect(BackupName.surplus(inBucket: names + digests + other, keep: 3) == [names[0], digests[0]])
        // Of the latest two one has no digest: the two that have one stay.
        let some = names + [digests[0], digests[1], digests[3]] + other
        #expect(BackupName.surplus(inBucket: some, keep: 2) == [names[0], digests[0]])
        #expect(BackupName.surplus(inBucket: some, keep: 3) == [])
        #expect(BackupName.surplus(inBucket: names, keep: 1) == [])
        // What a killed removal left goes with the next.
        #expect(BackupName.surplus(inBucket: [digests[0], names[1], digests[1]], keep: 1) == [digests[0]])
    }

    @Test func `in a folder the latest stay`() {
        #expect(BackupName.surplus(among: names + ["notes"], keep: 3) == [names[0]])
    }
}

@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(2)))
struct BucketBackupTests {
    private let directory: TemporaryDirectory
    private let configuration: S3Configuration
    private let storage: S3Client
    private let backups: BucketBackup

    init() async throws {
        directory = try TemporaryDirectory()
        let seaweed = try await SeaweedFS.shared
        configuration = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let settings = StorageSettings(storage: configuration, partSizeBytes: 5 << 20)
        storage = try S3Client(configuration: settings.storage)
        backups = BucketBackup(storage: storage, settings: settings)
    }

    private func makeFile(byteCount: Int) throws -> String {
        let path = directory.file("backup.sqlite")
        try Data(document(byteCount: byteCount)).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func put(_ key: String, _ text: String) async throws {
        _ = try await storage.putObject(key: key, body: .bytes(ByteBuffer(string: text)), contentType: "text/plain")
    }

    private var keys: [String] {
        get async throws { try await storage.listObjects().map(\.key).sorted() }
    }

    // One request, and three parts.
    @Test(arguments: [300_000, 12 << 20])
    func `a backup is read back and comes back as it was`(byteCount: Int) async throws {
        let file = try makeFile(byteCount: byteCount)
        let key = "backups/satchel-20261128T201500Z.sqlite"
        let digest = try await backups.store(file: file, key: key)
        #expect(try await keys == [key, "\(key).sha256"])
        let beside = directory.file("beside")
        _ = try await FileDownload(storage: storage).fetch(key: "\(key).sha256", to: beside)
        let line = try String(contentsOfFile: beside, encoding: .utf8)
        #expect(line == "\(digest)  satchel-20261128T201500Z.sqlite\n")
        let fetched = directory.file("fetched.sqlite")
        #expect(try await backups.fetch(key: key, to: fetched) == .matches)
        let isSame = FileManager.default.contentsEqual(atPath: file, andPath: fetched)
        #expect(isSame)
        await storage.shutdown()
    }

    @Test func `a backup that was changed in the bucket is not restored from`() async throws {
        let file = try makeFile(byteCount: 5000)
        let key = "backups/satchel-20261128T201500Z.sqlite"
        try await backups.store(file: file, key: key)
        // The same length, other bytes.
        try await put(key, String(repeating: "x", count: 5000))
        let fetched = directory.file("fetched.sqlite")
        let error = await #expect(throws: StorageFault.self) { _ = try await backups.fetch(key: key, to: fetched) }
        #expect(error?.description.contains("other bytes than when it was stored") == true)
        #expect(!FileManager.default.fileExists(atPath: fetched))
        // Without a digest there is nothing to hold it against.
        try await storage.deleteObject(key: "\(key).sha256")
        #expect(try await backups.fetch(key: key, to: fetched) == .none)
        await storage.shutdown()
    }

    @Test func `what is older than the latest that were read back goes, and nothing else`() async throws {
        let names = (1...3).map { "backups/satchel-2026112\($0)T033000Z.sqlite" }
        let others = ["attachments/2026/11/21/a.original", "backups/notes.txt", "satchel-20261101T033000Z.sqlite"]
        for key in names + [names[0], names[2]].map(BackupName.digest) + others { try await put(key, "x") }
        #expect(try await backups.removeSurplus(below: "backups/", keep: 3) == [])
        #expect(try await keys.count == 8)
        let removed = try await backups.removeSurplus(below: "backups/", keep: 1)
        #expect(removed == [names[0], BackupName.digest(of: names[0]), names[1]])
        #expect(try await keys == (others + [names[2], BackupName.digest(of: names[2])]).sorted())
        await storage.shutdown()
    }

    @Test func `a backup that does not come back as it was sent is none, and removes none`() async throws {
        let proxy = try FaultProxy(to: configuration.endpoint) {
            $0.operation == "GetObject" ? .flipResponseByte(at: 4711) : .none
        }
        defer { proxy.stop() }
        var through = configuration
        through.endpoint = proxy.endpoint
        let client = try S3Client(configuration: through)
        let settings = StorageSettings(storage: through, partSizeBytes: 5 << 20)
        let old = "backups/satchel-20261127T201500Z.sqlite"
        try await put(old, "an older one")
        try await put("\(old).sha256", "its digest")
        let file = try makeFile(byteCount: 5000)
        let flaky = BucketBackup(storage: client, settings: settings)
        let error = await #expect(throws: StorageFault.self) {
            try await flaky.store(file: file, key: "backups/satchel-20261128T201500Z.sqlite")
        }
        #expect(error?.description.contains("comes back with other bytes") == true)
        #expect(try await keys == [old, "\(old).sha256"])
        await client.shutdown()
        await storage.shutdown()
    }
}
