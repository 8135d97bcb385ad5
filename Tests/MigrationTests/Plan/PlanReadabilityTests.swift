import Foundation
import Migration
import NIOCore
import TestSupport
import Testing

/// What cannot be read is counted, all of it and each once, beyond the sample that is read for the estimate.
struct PlanReadabilityTests {
    /// A directory some of whose files cannot be opened, also by the superuser, whom no mode of a file keeps out.
    private struct LockedStore: ObjectStore {
        let base: DirectoryStore
        let isLocked: @Sendable (String) -> Bool

        var identity: String { base.identity }

        func list(_ body: ([StoredObject]) async throws -> Void) async throws {
            try await base.list(body)
        }

        func head(_ location: String) async throws -> StoredObject? {
            try await base.head(location)
        }

        func readingFault(of location: String) async throws -> MigrationError? {
            guard isLocked(location) else { return try await base.readingFault(of: location) }
            return MigrationError(.sourceUnreadable, "\(location) cannot be read: Permission denied")
        }

        func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
            if let fault = try await readingFault(of: location) { throw fault }
            try await base.read(location, from: offset, body)
        }

        func delete(_ location: String) async throws {
            try await base.delete(location)
        }
    }

    private func folder() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for number in 0..<40 { try directory.write("x", to: "\(number)") }
        return directory
    }

    @Test(.enabled(if: getuid() != 0, "root may read every file"))
    func `each file of a directory is opened`() async throws {
        let directory = try folder()
        for number in 0..<9 {
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: directory.file("\(number)"))
        }
        let store = try DirectoryStore(path: directory.path)
        var options = PlanOptions()
        options.sampleCount = 1
        let plan = try await MigrationPlan.make(of: BareInventory(store: store), source: store, options: options)
        #expect(plan.complaintCounts == [.unreadable: 9])
        #expect(plan.objects.objects == 40)
        #expect(plan.estimate?.sample.objects == 1)
    }

    @Test func `what cannot be opened is counted once, and is not in the sample`() async throws {
        let directory = try folder()
        let base = try DirectoryStore(path: directory.path)
        let store = LockedStore(base: base) { (Int($0) ?? 0) % 4 == 0 }
        let plan = try await MigrationPlan.make(of: BareInventory(store: store), source: store)
        #expect(plan.complaintCounts == [.unreadable: 10])
        #expect(plan.estimate?.sample.objects == 30)
    }

    /// The second is of no known length.
    @Test(arguments: [
        "\"key\": \"a\"", "\"message_id\": \"M\", \"uploaded_by\": \"ann\"",
        "\"message_id\": \"M\", \"uploaded_by\": \"ann\", \"uploaded_at\": \"2025-01-15T10:30:00Z\", \"file_size\": 1",
    ])
    func `a file of a manifest that leads elsewhere is unreadable once, though the list tells of it too`(
        members: String
    ) async throws {
        let directory = try folder()
        let outside = try TemporaryDirectory()
        try outside.write("x", to: "x")
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("link"),
            withDestinationPath: outside.file("x")
        )
        let line = "{\"path\": \"link\", \(members)}\n".replacingOccurrences(of: "\"M\"", with: "\"\(UUID())\"")
        try outside.write(line, to: "manifest.jsonl")
        let source = try DirectoryStore(path: directory.path)
        let plan = try await MigrationPlan.make(
            of: try Manifest(path: outside.file("manifest.jsonl"), files: source),
            source: source
        )
        #expect(plan.complaintCounts[.unreadable] == 1)
        #expect(plan.complaintCounts[.missing] == nil)
        #expect(plan.complaintCounts[.unreferenced] == 40)
    }

    @Test func `what is no file, is not there or is elsewhere tells why it cannot be opened`() async throws {
        let directory = try folder()
        try FileManager.default.createDirectory(atPath: directory.file("folder"), withIntermediateDirectories: false)
        let store = try DirectoryStore(path: directory.path)
        #expect(try await store.readingFault(of: "1") == nil)
        #expect(try await store.readingFault(of: "folder")?.code == .sourceUnreadable)
        #expect(try await store.readingFault(of: "gone")?.code == .sourceMissing)
        #expect(try await store.readingFault(of: "../1")?.code == .sourceUnreadable)
    }

    /// An inventory of one file, that wants the key.
    private struct OneFile: MigrationInventory {
        let targetKey: String

        func read(_ body: (InventoryBatch) async throws -> Void) async throws {
            var batch = InventoryBatch()
            batch.items = [MigrationItem(location: "1", targetKey: targetKey, byteCount: 1)]
            try await body(batch)
        }
    }

    @Test(arguments: ["", "a//b", "a\nb", "../b"])
    func `a key that no storage takes is told, as the run does`(key: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write("x", to: "1")
        let store = try DirectoryStore(path: directory.path)
        let plan = try await MigrationPlan.make(of: OneFile(targetKey: key), source: store)
        #expect(plan.complaintCounts == [.invalid: 1])
        #expect(plan.complaints.first?.subject == "1")
        #expect(plan.objects.objects == 0)
    }
}
