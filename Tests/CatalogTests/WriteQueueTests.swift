import Catalog
import Foundation
import TestSupport
import Testing

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
