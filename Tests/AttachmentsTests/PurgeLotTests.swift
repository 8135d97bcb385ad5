import Catalog
import Foundation
import Logging
import Media
import S3
import SigV4
import Synchronization
import TestSupport
import Testing

@testable import Attachments

/// Many small deletions in few requests, over a storage that only deletes, and says no to some keys.
struct PurgeLotTests {
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let server: ScriptedServer
    private let storage: S3Client
    private let service: AttachmentService

    /// Refuses the keys with "kept" in them, and a request as a whole that has one with "poison".
    init() throws {
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        server = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                let text = String(decoding: request.body, as: UTF8.self)
                guard !text.contains("poison") else {
                    let body = "<Error><Code>MalformedXML</Code><Message>No.</Message></Error>"
                    try connection.respond(status: 400, body: body)
                    continue
                }
                let refused = text.matches(of: /<Key>([^<]*kept[^<]*)<\/Key>/)
                    .map { "<Error><Key>\($0.output.1)</Key><Code>AccessDenied</Code><Message>No.</Message></Error>" }
                try connection.respond(status: 200, body: "<DeleteResult>\(refused.joined())</DeleteResult>")
            }
        }
        storage = try S3Client(
            configuration: S3Configuration(
                endpoint: try S3Endpoint(parsing: server.url),
                bucket: "bucket",
                credentials: Credentials(accessKeyID: "id", secretAccessKey: "secret")
            )
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        service = AttachmentService(
            configuration: AttachmentsConfiguration(spoolDirectory: directory.file("spool")),
            catalog: catalog,
            storage: storage,
            media: MediaRunner(workerPath: "/nonexistent/satchel-worker"),
            logger: logger
        )
    }

    /// Queues the deletion of one object as the sweep does, which nobody works on.
    private func queue(_ key: String) async throws -> Job {
        let now = Date()
        let job = try #require(try await catalog.condemn(key: key, at: now, leaseUntil: now))
        return job
    }

    @Test func `what is due goes in one request, and each object's refusal puts off its own job`() async throws {
        for number in 0..<300 { _ = try await queue("attachments/\(number)") }
        let kept = try await queue("attachments/kept")
        let jobs = try await catalog.dueJobsInTurns(kind: .purge, limit: 1_000).jobs
        #expect(jobs.count == 301)
        await service.purge(jobs)
        #expect(server.requests.count == 1)
        #expect(try await catalog.jobCount(kind: .purge) == 1)
        let left = try #require(try await catalog.job(id: kept.id))
        #expect(left.delays == 1)
        #expect(left.lastError?.contains("AccessDenied") == true || left.lastError?.contains("No.") == true)
        let log = try await catalog.activities(limit: 1_000)
        #expect(Set(log.map(\.objectKey)) == Set((0..<300).map { "attachments/\($0)" }))
        await storage.shutdown()
    }

    @Test func `a thousand and more single deletions that are due take a few requests`() async throws {
        for number in 0..<1_200 { _ = try await queue("attachments/\(number)") }
        let service = service
        let loop = Task { await service.dispatchJobs(of: [.purge]) }
        for _ in 0..<3000 where try await catalog.jobCount(kind: .purge) > 0 {
            try await Task.sleep(for: .milliseconds(100))
        }
        loop.cancel()
        await loop.value
        #expect(try await catalog.jobCount(kind: .purge) == 0)
        #expect(server.requests.count <= 12)
        let log = try await catalog.activities(limit: 2_000)
        #expect(log.count == 1_200)
        await storage.shutdown()
    }

    @Test func `one that spoils a request does not keep the others from their end`() async throws {
        for key in ["a", "poison", "b"] { _ = try await queue("attachments/\(key)") }
        let jobs = try await catalog.dueJobsInTurns(kind: .purge, limit: 9).jobs
        await service.purge(jobs)
        let left = try await catalog.jobs(kind: .purge, limit: 9)
        #expect(left.map(\.objectKeys) == [["attachments/poison"]])
        #expect(left.map(\.delays) == [1])
        await storage.shutdown()
    }

    @Test(.timeLimit(.minutes(1)))
    func `deletions that are waited for join those that wait already`() async throws {
        let joined = JoinedDeletions()
        let lots = Lots()
        for number in 0..<40 { _ = try await queue("attachments/\(number)") }
        let jobs = try await catalog.dueJobsInTurns(kind: .purge, limit: 99).jobs
        let done = await withTaskGroup(of: Bool.self) { group in
            for job in jobs {
                group.addTask {
                    await joined.run(job) { lot in
                        lots.add(lot.count)
                        // Those that begin at once are held until all the others wait.
                        while !lots.areReleased { try? await Task.sleep(for: .milliseconds(5)) }
                        return Set(lot.map(\.id))
                    }
                }
            }
            group.addTask {
                while lots.jobCount + joined.waitingCount < jobs.count {
                    try? await Task.sleep(for: .milliseconds(5))
                }
                lots.release()
                return true
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 41)
        #expect(lots.jobCount == 40)
        // Two that were held, and one of all that waited.
        #expect(lots.count <= 3)
        await storage.shutdown()
    }

    @Test func `what the work does not tell of is not done`() async throws {
        let joined = JoinedDeletions()
        let job = try await queue("attachments/one")
        let isDone = await joined.run(job) { _ in [] }
        #expect(!isDone)
        let isDoneThen = await joined.run(job) { lot in Set(lot.map(\.id)) }
        #expect(isDoneThen)
        await storage.shutdown()
    }
}

/// How large the lots were, and whether they may end, from any task.
private final class Lots: Sendable {
    private let state = Mutex<(sizes: [Int], areReleased: Bool)>(([], false))

    var count: Int { state.withLock { $0.sizes.count } }
    var jobCount: Int { state.withLock { $0.sizes.reduce(0, +) } }
    var areReleased: Bool { state.withLock { $0.areReleased } }

    func add(_ size: Int) { state.withLock { $0.sizes.append(size) } }
    func release() { state.withLock { $0.areReleased = true } }
}
