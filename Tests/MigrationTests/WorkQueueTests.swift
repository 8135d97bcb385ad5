import TestSupport
import Testing

@testable import Migration

struct WorkQueueTests {
    private let directory: TemporaryDirectory
    private let journal: MigrationJournal

    init() throws {
        directory = try TemporaryDirectory()
        journal = try MigrationJournal.open(
            path: directory.file("migration.sqlite"),
            source: "directory:/srv/media",
            target: "s3:http://localhost:1/new"
        )
    }

    private func add(_ sizes: [(String, Int64?)]) async throws {
        _ = try await journal.add(sizes.map { MigrationItem(location: $0.0, targetKey: $0.0, byteCount: $0.1) })
    }

    private func queue(limit: Int = 2) -> WorkQueue {
        WorkQueue(.first, of: journal, large: WorkQueue.LargeObjects(threshold: 100, limit: limit)) { _ in true }
    }

    private func next(_ queue: WorkQueue) async throws -> String? {
        try await queue.next()?.item.location
    }

    @Test func `small objects pass by large ones that have no room, and nothing is left out`() async throws {
        try await add([("A", 101), ("B", 500), ("C", 101), ("a", 100), ("D", 900), ("b", nil), ("c", 1)])
        let queue = queue()
        let first = try #require(try await queue.next())
        #expect(first.item.location == "A")
        #expect(try await next(queue) == "B")
        #expect(try await next(queue) == "a")
        await queue.end(first)
        #expect(try await next(queue) == "C")
        #expect(try await next(queue) == "b")
        #expect(try await next(queue) == "c")
        // Nothing else is left: it is better to wait for memory than to do nothing.
        #expect(try await next(queue) == "D")
        #expect(try await next(queue) == nil)
    }

    @Test func `what somebody asks for comes first, also where it was passed over`() async throws {
        try await add([("A", 500), ("B", 500), ("C", 500), ("a", 1), ("D", 500), ("b", 1)])
        let queue = queue(limit: 1)
        #expect(try await next(queue) == "A")
        #expect(try await next(queue) == "a")
        await queue.prefer(try await journal.work(keys: ["C", "D", "A"]))
        #expect(try await next(queue) == "C")
        #expect(try await next(queue) == "D")
        #expect(try await next(queue) == "b")
        #expect(try await next(queue) == "B")
        #expect(try await next(queue) == nil)
    }

    @Test func `of many large objects no more are passed over than may be held`() async throws {
        try await add((0..<1_010).map { ("\($0)", 500) } + [("small", 1)])
        let queue = queue(limit: 1)
        #expect(try await next(queue) == "0")
        #expect(try await next(queue) == "1001")
        var rest: Set<String> = []
        while let location = try await next(queue) { rest.insert(location) }
        #expect(rest.count == 1_009)
        #expect(rest.contains("small"))
    }
}
