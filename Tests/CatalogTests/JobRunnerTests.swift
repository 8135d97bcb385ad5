import Catalog
import Foundation
import TestSupport
import Testing

/// Several processes over one database: each is a catalog of its own.
struct JobRunnerTests {
    private let start = Date(timeIntervalSince1970: 1_700_000_000)

    @Test func `a server frees what its predecessor had claimed, and leaves alone what a living process has`()
        async throws
    {
        let fixture = try await CatalogFixture()
        let worker = try Catalog.open(path: fixture.path)
        try await fixture.catalog.registerRunner(.serve, processID: 1, at: start)
        try await worker.registerRunner(.work, processID: 2, at: start)
        let end = start.addingTimeInterval(60)
        let servers = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        let waiting = try #require(try await fixture.commit(fixture.attachment()))
        let workers = try #require(try await worker.claimJob(waiting, leaseUntil: end, now: start))
        #expect(workers.owner == worker.runnerToken)

        let next = try Catalog.open(path: fixture.path)
        let count = try await next.registerRunner(.serve, processID: 3, at: start.addingTimeInterval(1))
        #expect(count == 1)
        #expect(try await next.job(id: servers.id)?.isLeased == false)
        #expect(try await next.job(id: workers.id) == workers)
        #expect(try await next.runners().map(\.processID) == [2, 3])
    }

    @Test func `signs of life keep the leases of the jobs in hand, and of no others`() async throws {
        let fixture = try await CatalogFixture()
        let end = start.addingTimeInterval(60)
        let kept = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        let lost = try #require(try await fixture.commit(fixture.attachment(), leaseUntil: end))
        let now = start.addingTimeInterval(45)
        try await fixture.catalog.heartbeat(.serve, processID: 1, jobIDs: [kept.id], at: now)
        #expect(try await fixture.catalog.job(id: kept.id)?.runAfter == start.addingTimeInterval(105))
        #expect(try await fixture.catalog.job(id: lost.id)?.runAfter == end)
        #expect(try await fixture.catalog.runners().map(\.seenAt) == [now])
    }

    @Test func `a process that gave no sign for two minutes is dead, and its jobs are due`() async throws {
        let fixture = try await CatalogFixture()
        let worker = try Catalog.open(path: fixture.path)
        try await worker.registerRunner(.work, processID: 2, at: start)
        let waiting = try #require(try await fixture.commit(fixture.attachment()))
        let claimed = try #require(
            try await worker.claimJob(waiting, leaseUntil: start.addingTimeInterval(600), now: start)
        )
        let justBefore = start.addingTimeInterval(120)
        try await fixture.catalog.heartbeat(.serve, processID: 1, jobIDs: [], at: justBefore)
        #expect(try await fixture.catalog.job(id: claimed.id)?.isLeased == true)
        let after = start.addingTimeInterval(121)
        try await fixture.catalog.heartbeat(.serve, processID: 1, jobIDs: [], at: after)
        let due = try await fixture.catalog.nextJobs(limit: 10, now: after)
        #expect(due.map(\.id) == [claimed.id])
        #expect(due.map(\.attempts) == [claimed.attempts])
        #expect(try await fixture.catalog.runners().map(\.processID) == [1])
    }

    @Test func `who takes leave gives its jobs back`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.catalog.registerRunner(.work, processID: 1, at: start)
        let job = try #require(
            try await fixture.commit(fixture.attachment(), leaseUntil: start.addingTimeInterval(60))
        )
        try await fixture.catalog.removeRunner(at: start)
        #expect(try await fixture.catalog.nextJobs(limit: 10, now: start).map(\.id) == [job.id])
        #expect(try await fixture.catalog.runners().isEmpty)
    }

    @Test func `what a living process stores is not for others to sweep up`() async throws {
        let fixture = try await CatalogFixture()
        let worker = try Catalog.open(path: fixture.path)
        try await worker.registerRunner(.work, processID: 2, at: start)
        let intent = fixture.intent(for: fixture.attachment())
        try await worker.insertIntent(intent)
        #expect(try await fixture.catalog.abandonableIntents(at: start).isEmpty)
        #expect(try await worker.abandonableIntents(onlyOwn: true, at: start) == [intent])
        let later = start.addingTimeInterval(121)
        #expect(try await fixture.catalog.abandonableIntents(at: later) == [intent])
        #expect(try await fixture.catalog.abandonableIntents(onlyOwn: true, at: later).isEmpty)
    }
}
