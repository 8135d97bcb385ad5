import Catalog
import Foundation
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport
import Testing

/// A plan of what a catalog says to be in its old place: all of it is held against what is there.
struct PlanOfCatalogTests {
    private static let digest = String(repeating: "a", count: 64)

    /// A catalog with a message, whose attachments are of so many bytes by their records.
    private struct Records {
        let catalog: Catalog
        private let directory: TemporaryDirectory
        private let message = UUID.version7()

        init() async throws {
            directory = try TemporaryDirectory()
            catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
            try catalog.migrate()
            let conversation = UUID.version7()
            try await catalog.putConversation(id: conversation, participants: [])
            try await catalog.putMessage(
                Message(id: message, conversationID: conversation, senderID: "ann", createdAt: Date())
            )
        }

        /// Adopts an attachment that waits in the store, and returns the key of its object.
        @discardableResult
        func add(
            _ location: String,
            _ byteCount: Int64,
            sha256: String? = nil,
            in store: String
        ) async throws -> String {
            var candidate = AdoptionCandidate.waiting(
                UUID.version7(),
                in: message,
                kind: .document,
                mediaType: "text/plain",
                sha256: sha256,
                location: location
            )
            candidate.attachment.fileSize = byteCount
            let outcomes = try await catalog.adoptAttachments([candidate], store: store)
            #expect(outcomes == [.adopted])
            return candidate.attachment.objectKey
        }

        func plan(
            from source: any ObjectStore,
            to target: (any ObjectStore)? = nil,
            _ options: PlanOptions = PlanOptions()
        ) async throws -> MigrationPlan {
            try await MigrationPlan.make(
                of: CatalogInventory(catalog: catalog, store: source.identity),
                source: source,
                target: target,
                options: options
            )
        }
    }

    /// Nothing is read to measure: what is told was looked for.
    private static var unsampled: PlanOptions {
        var options = PlanOptions()
        options.sampleCount = 0
        return options
    }

    private static func subjects(_ plan: MigrationPlan, _ kind: MigrationComplaint.Kind) -> [String] {
        plan.complaints.filter { $0.kind == kind }.map(\.subject).sorted()
    }

    @Test(arguments: [true, false])
    func `of a directory each file is looked for and opened, whether it is listed or not`(isListed: Bool) async throws {
        let records = try await Records()
        let folder = try TemporaryDirectory()
        let source = try DirectoryStore(path: folder.path)
        for name in ["a", "b", "of/nobody"] { try folder.write("12345", to: name) }
        for name in ["a", "gone", "gone too"] { try await records.add(name, 5, in: source.identity) }
        try await records.add("b", 4, in: source.identity)
        try await records.add("loop", 5, in: source.identity)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("loop"),
            withDestinationPath: folder.file("loop")
        )
        var options = Self.unsampled
        options.findsUnreferenced = isListed
        let plan = try await records.plan(from: source, options)
        #expect(Self.subjects(plan, .missing) == ["gone", "gone too"])
        #expect(Self.subjects(plan, .unreadable) == ["loop"])
        #expect(Self.subjects(plan, .invalid) == ["b"])
        #expect(Self.subjects(plan, .unreferenced) == (isListed ? ["of/nobody"] : []))
        #expect(plan.complaints.first { $0.kind == .invalid }?.reason.contains("4 bytes by the record, and 5") == true)
        // The lengths are those of the files.
        #expect(plan.objects == MigrationTotals.Amount(objects: 2, bytes: 10))
        #expect(plan.estimate == nil)
    }

    @Test func `what is beyond the limit of complaints is counted, and what came another way is not missed`()
        async throws
    {
        let records = try await Records()
        let (folder, target) = (try TemporaryDirectory(), try TemporaryDirectory())
        let source = try DirectoryStore(path: folder.path)
        try folder.write("x", to: "a")
        try await records.add("a", 1, in: source.identity)
        for number in 0..<7 { try await records.add("gone \(number)", 5, sha256: Self.digest, in: source.identity) }
        let present = try await records.add("new", 5, sha256: Self.digest, in: source.identity)
        let other = try await records.add("other", 5, sha256: Self.digest, in: source.identity)
        let unproved = try await records.add("unproved", 5, in: source.identity)
        for key in [present, unproved] { try target.write("12345", to: key) }
        try target.write("1234567", to: other)
        var options = Self.unsampled
        options.complaintLimit = 2
        let plan = try await records.plan(from: source, to: try DirectoryStore(path: target.path), options)
        // The run takes what has length and digest of its record for arrived; without a digest nothing is known.
        #expect(plan.complaintCounts == [.missing: 9])
        #expect(plan.complaints.count == 2)
        #expect(plan.present == MigrationTotals.Amount(objects: 1, bytes: 5))
        #expect(plan.objects == MigrationTotals.Amount(objects: 2, bytes: 6))
        #expect(plan.kinds.values.reduce(0) { $0 + $1.objects } == 2)
    }

    @Test func `it tells how far it is, stage by stage`() async throws {
        let records = try await Records()
        let (folder, target) = (try TemporaryDirectory(), try TemporaryDirectory())
        let source = try DirectoryStore(path: folder.path)
        for number in 0..<1500 { try folder.write("x", to: "\(number)") }
        try await records.add("1", 1, in: source.identity)
        try target.write("x", to: "other")
        let told = Mutex<[PlanStage: [Int64]]>([:])
        var options = Self.unsampled
        options.progress = { stage, count in told.withLock { $0[stage, default: []].append(count) } }
        _ = try await records.plan(from: source, to: try DirectoryStore(path: target.path), options)
        let counts = told.withLock { $0 }
        #expect(counts == [.source: [1000, 1500], .inventory: [1], .target: [1]])
    }

    @Test func `what has arrived or was deleted is not taken for what no record speaks of`() async throws {
        let records = try await Records()
        let folder = try TemporaryDirectory()
        let source = try DirectoryStore(path: folder.path)
        for name in ["moved", "waiting", "stray"] { try folder.write("12345", to: name) }
        let key = try await records.add("moved", 5, in: source.identity)
        try await records.add("waiting", 5, in: source.identity)
        let arrived = ArrivedObject(objectKey: key, store: source.identity, byteCount: 5, sha256: Self.digest)
        #expect(try await records.catalog.finishMove(arrived) == .moved)
        let plan = try await records.plan(from: source, Self.unsampled)
        #expect(Self.subjects(plan, .unreferenced) == ["stray"])
        #expect(plan.objects.objects == 1)
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "there is no S3 server"), .timeLimit(.minutes(2)))
    func `a bucket is listed, and only what its list lacks is asked for`() async throws {
        let records = try await Records()
        let fixture = try await MigrationFixture()
        let source = BucketStore(client: fixture.client, prefix: "old")
        let count = 1100
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= 16 { try await group.next() }
                group.addTask { [plain = fixture.plain] in
                    _ = try await plain.putObject(
                        key: "old/\(number)",
                        body: .bytes(ByteBuffer(string: "12345")),
                        contentType: "text/plain"
                    )
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<count { try await records.add("\(number)", 5, in: source.identity) }
        for name in ["gone/1", "gone/2"] { try await records.add(name, 5, in: source.identity) }
        _ = try await fixture.plain.putObject(
            key: "old/7",
            body: .bytes(ByteBuffer(string: "another length")),
            contentType: "text/plain"
        )
        let plan = try await records.plan(from: source, Self.unsampled)
        #expect(Self.subjects(plan, .missing) == ["gone/1", "gone/2"])
        #expect(Self.subjects(plan, .invalid) == ["7"])
        #expect(plan.complaintCounts == [.missing: 2, .invalid: 1])
        #expect(plan.objects == MigrationTotals.Amount(objects: Int64(count), bytes: Int64(5 * count + 9)))
        #expect(fixture.count("HeadObject") == 3)
        #expect((2...3).contains(fixture.count("ListObjectsV2")))
        #expect(fixture.count("GetObject") == 0)
    }
}
