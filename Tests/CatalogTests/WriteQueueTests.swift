import Catalog
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// How many writes each commit held.
private final class CommitSizes: CatalogObserver {
    private let sizes = Mutex<[Int]>([])

    var all: [Int] { sizes.withLock { $0 } }

    func catalogCommit(of writes: [CatalogWriteOutcome], after duration: Duration) {
        sizes.withLock { $0.append(writes.count) }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct WriteQueueTests {
    private struct Outcome: Sendable {
        let key: String
        let code: CatalogError.Code?
    }

    @Test func `writes that share a commit succeed and fail each on its own`() async throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for index in 0..<300 {
                group.addTask {
                    // Every third wants a key that is taken already, or soon.
                    let key = index % 3 == 0 ? "taken" : "key-\(index)"
                    let intent = UploadIntent(
                        id: .version7(),
                        objectKey: key,
                        uploadID: nil,
                        userID: "ann",
                        createdAt: Date()
                    )
                    do throws(CatalogError) {
                        try await catalog.insertIntent(intent)
                    } catch {
                        return Outcome(key: key, code: error.code)
                    }
                    // What a write has answered, everybody can read.
                    let stored = try await catalog.intent(id: intent.id)
                    return Outcome(key: key, code: stored?.objectKey == key ? nil : .other)
                }
            }
            var all: [Outcome] = []
            for try await outcome in group { all.append(outcome) }
            return all
        }
        let failed = outcomes.filter { $0.code != nil }
        #expect(failed.count == 99)
        let areTaken = failed.allSatisfy { $0.key == "taken" && $0.code == CatalogError.Code.constraint }
        #expect(areTaken)
        let stored = try await catalog.intents().map(\.objectKey)
        #expect(stored.count == 201)
        let succeeded = outcomes.filter { $0.code == nil }.map(\.key)
        #expect(Set(stored) == Set(succeeded))
    }

    @Test func `one that throws after others of its commit takes back nothing of theirs`() async throws {
        let fixture = try await CatalogFixture()
        let attachments = (0..<8).map { _ in fixture.attachment() }
        for attachment in attachments { try await fixture.catalog.insertIntent(fixture.intent(for: attachment)) }

        // While another holds the lock, a first write waits for it, and the rest for that one.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: fixture.path, configuration: configuration)
        try other.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        let catalog = fixture.catalog
        let first = Task { try await catalog.removeIntent(id: UUID()) }
        try await Task.sleep(for: .milliseconds(200))
        var commits: [Task<Job?, any Error>] = []
        for attachment in attachments + [fixture.attachment()] {
            let activity = fixture.activity(.fileUploaded, of: attachment)
            commits.append(
                Task { try await catalog.commitUpload(attachment: attachment, activity: activity) }
            )
            try await Task.sleep(for: .milliseconds(5))
        }
        try other.inDatabase { db in try db.execute(sql: "COMMIT") }
        try other.close()

        #expect(try await first.value == false)
        let thrower = commits.removeLast()
        let error = await #expect(throws: CatalogError.self) { _ = try await thrower.value }
        #expect(error?.code == .missingIntent)
        for (attachment, commit) in zip(attachments, commits) {
            let job = try #require(try await commit.value)
            #expect(try await catalog.job(attachmentID: attachment.id, kind: .process)?.id == job.id)
            #expect(try await catalog.attachment(id: attachment.id) != nil)
        }
        #expect(try await catalog.intents() == [])
        #expect(try fetchTexts("SELECT count(*) FROM activity", at: fixture.path) == ["8"])
        #expect(try fetchTexts("SELECT count(*) FROM job", at: fixture.path) == ["8"])
        let files = try fetchTexts("SELECT files FROM storage_usage ORDER BY owner_kind", at: fixture.path)
        #expect(files == ["8", "8"])
    }

    @Test func `uploads of a crowd share commits, and what was answered is there`() async throws {
        let fixture = try await CatalogFixture()
        let sizes = CommitSizes()
        let catalog = try Catalog.open(path: fixture.path, observer: sizes)
        let attachments = (0..<320).map { _ in fixture.attachment(status: .ready) }
        try await catalog.insertIntents(attachments.map { fixture.intent(for: $0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<32 {
                group.addTask {
                    for attachment in attachments[client * 10..<client * 10 + 10] {
                        let activity = fixture.activity(.fileUploaded, of: attachment)
                        _ = try await catalog.commitUpload(attachment: attachment, activity: activity, isOfCrowd: true)
                        let stored = try await catalog.attachment(id: attachment.id)
                        #expect(stored?.id == attachment.id)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await catalog.intents().isEmpty)
        // That of the intents, and those of the uploads.
        #expect(sizes.all.reduce(0, +) == 321)
        #expect(sizes.all.count < 161)
        #expect(catalog.waitingWrites == 0)
    }

    @Test func `a write goes on to its end when its task is cancelled`() async throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        for _ in 0..<50 {
            let intent = UploadIntent(
                id: .version7(),
                objectKey: UUID().uuidString,
                uploadID: nil,
                userID: "ann",
                createdAt: Date()
            )
            let task = Task { try await catalog.insertIntent(intent) }
            task.cancel()
            try await task.value
            #expect(try await catalog.intent(id: intent.id) != nil)
        }
    }

    @Test func `a closed catalog fails its writes`() async throws {
        let directory = try TemporaryDirectory()
        let catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        try catalog.close()
        await #expect(throws: CatalogError.self) { _ = try await catalog.removeIntent(id: UUID()) }
    }
}
