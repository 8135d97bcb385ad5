import Catalog
import Foundation
import Testing

/// Whose jobs come next where there may be very many.
struct JobTurnTests {
    private let fixture: CatalogFixture

    init() async throws { fixture = try await CatalogFixture() }

    /// Queues deletions of so many keys each, all due since then.
    private func queue(_ count: Int, of user: String?, keys: Int = 1, at milliseconds: Int = 1_000) throws {
        let owner = user.map { "'\($0)'" } ?? "NULL"
        let list = (0..<keys).map { "\"\(user ?? "nobody")/\($0)\"" }.joined(separator: ",")
        try executeSQL(
            """
            WITH RECURSIVE number(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < \(count))
            INSERT INTO job (kind, user_id, object_keys, attempts, delays, leased, run_after, created_at)
            SELECT 'purge', \(owner), '[\(list)]', 0, 0, 0, \(milliseconds), 0 FROM number;
            """,
            at: fixture.path
        )
    }

    private func due(
        limit: Int = 64,
        keyLimit: Int = 1_000,
        after user: String? = nil
    ) async throws -> (counts: [String: Int], last: String?) {
        let found = try await fixture.catalog.dueJobsInTurns(
            kind: .purge,
            limit: limit,
            keyLimit: keyLimit,
            after: user
        )
        return (found.jobs.reduce(into: [:]) { $0[$1.userID ?? "", default: 0] += 1 }, found.last)
    }

    @Test func `one who has very many due leaves as much room for who came last`() async throws {
        try queue(10_000, of: "ann")
        try queue(1, of: "bob", at: 2_000)
        try queue(1, of: nil, at: 3_000)
        let found = try await due(limit: 60)
        #expect(found.counts == ["ann": 20, "bob": 1, "": 1])
    }

    @Test func `the reading goes on behind the user of before, and begins again`() async throws {
        for user in ["a", "b", "c", "d", "É"] { try queue(3, of: user) }
        var (seen, last): ([String], String?) = ([], nil)
        for _ in 0..<5 {
            let found = try await due(limit: 2, after: last)
            seen += found.counts.keys.sorted()
            last = found.last
        }
        #expect(Set(seen) == ["a", "b", "c", "d", "É"])
        #expect(seen.prefix(4) == ["a", "b", "c", "d"])
        // Five readings of two users: each had its turn twice.
        #expect(Set(["a", "b", "c", "d", "É"].map { user in seen.count { $0 == user } }) == [2])
    }

    @Test func `who has nothing due takes no turn, and what is not due is not read`() async throws {
        let later = Int(Date(timeIntervalSinceNow: 3600).timeIntervalSince1970) * 1000
        try queue(5, of: "ann", at: later)
        try queue(2, of: "bob")
        try queue(1, of: "bob", at: later)
        #expect(try await due().counts == ["bob": 2])
        #expect(try await due(after: "bob").counts == ["bob": 2])
        let imports = try await fixture.catalog.dueJobsInTurns(kind: .import, limit: 9)
        #expect(imports.jobs.isEmpty)
    }

    @Test func `each gets its share of the keys, and one job at least`() async throws {
        try queue(10, of: "ann", keys: 500)
        try queue(900, of: "bob")
        let found = try await due(limit: 1_000, keyLimit: 1_000)
        #expect(found.counts == ["ann": 1, "bob": 500])
        #expect(try await due(limit: 1, keyLimit: 1).counts == ["ann": 1])
    }

    @Test func `many users with large jobs are not read all at once, and each has its turn`() async throws {
        for user in ["a", "b", "c", "d", "e"] { try queue(2, of: user, keys: 500) }
        var (seen, last): ([[String]], String?) = ([], nil)
        for _ in 0..<3 {
            let found = try await due(limit: 512, keyLimit: 1_000, after: last)
            seen.append(found.counts.keys.sorted())
            #expect(found.counts.values.allSatisfy { $0 == 1 })
            last = found.last
        }
        #expect(seen == [["a", "b"], ["c", "d"], ["a", "e"]])
        #expect(last == "a")
    }

    @Test func `those of low priority come where no other is due`() async throws {
        try queue(2, of: "ann")
        try queue(1, of: "bob")
        try executeSQL("UPDATE job SET priority = 1 WHERE user_id = 'ann'", at: fixture.path)
        #expect(try await due().counts == ["bob": 1])
        try executeSQL("DELETE FROM job WHERE user_id = 'bob'", at: fixture.path)
        #expect(try await due().counts == ["ann": 2])
    }

    @Test func `of a lot those are claimed that nobody else has`() async throws {
        try queue(3, of: "ann")
        let jobs = try await fixture.catalog.dueJobsInTurns(kind: .purge, limit: 9).jobs
        #expect(jobs.count == 3)
        let lease = Date(timeIntervalSinceNow: 60)
        let other = try Catalog.open(path: fixture.path)
        let taken = try #require(try await other.claimJob(jobs[1], leaseUntil: lease))
        let claimed = try await fixture.catalog.claimJobs(jobs, leaseUntil: lease)
        #expect(claimed.map(\.id) == [jobs[0].id, jobs[2].id])
        #expect(claimed.allSatisfy { $0.isLeased && $0.attempts == 1 && $0.owner == fixture.catalog.runnerToken })
        #expect(try await fixture.catalog.claimJobs(jobs, leaseUntil: lease) == [])
        // Each ends by its own claim.
        try await fixture.catalog.endDeletions([taken, claimed[0]].map { (job: $0, activities: []) })
        #expect(try await fixture.catalog.job(id: taken.id) == taken)
        #expect(try await fixture.catalog.endedJob(id: claimed[0].id)?.outcome == .done)
        #expect(try await fixture.catalog.job(id: claimed[1].id) == claimed[1])
        try other.close()
    }
}
