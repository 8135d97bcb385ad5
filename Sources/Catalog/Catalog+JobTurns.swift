package import Foundation
import GRDB
import Synchronization

// Jobs of which there may be very many: whose turn it is is found without a look at all of them.
extension Catalog {
    /// So many users are looked at in one reading: some may have no job that is due.
    private static let takersSeen = 500

    /// Returns jobs of one kind that are due, the longest due of each user, and the user at whom the reading ended.
    ///
    /// The users come in the order of their ids, beginning behind the given one and going on from the first; what is nobody's counts as
    /// of one more, whose id is empty. Each gets as large a share of the limits as the others, however many jobs another has; one at
    /// least. The cost is that of the users seen and the jobs read. Jobs of low priority come where no other is due.
    ///
    /// `keyLimit` bounds the objects that deletions carry together: where it is reached, the reading ends at that user.
    package func dueJobsInTurns(
        kind: JobKind,
        limit: Int,
        keyLimit: Int = 2 * Job.maximumKeyCount,
        after user: String? = nil,
        now: Date = Date()
    ) async throws(CatalogError) -> (jobs: [Job], last: String?) {
        try await read { db in
            var last = user
            for priority in [Job.Priority.ordinary, .low] {
                var place = TurnPlace(kind: kind, priority: priority, now: now)
                let takers = try place.takers(db, after: user, limit: limit, seen: Self.takersSeen)
                last = place.last ?? last
                guard !takers.isEmpty else { continue }
                let (share, keyShare) = (max(1, limit / takers.count), max(1, keyLimit / takers.count))
                var (jobs, keyCount): ([Job], Int) = ([], 0)
                for taker in takers {
                    let found = try place.jobs(db, of: taker, limit: share, keyLimit: keyShare)
                    jobs += found
                    keyCount += found.reduce(0) { $0 + $1.objectKeys.count }
                    // A share is one job at least, and of many users each may have a large one.
                    guard keyCount < keyLimit else { return (jobs, taker) }
                }
                return (jobs, last)
            }
            return ([], last)
        }
    }

    /// Claims jobs that are due, as `claimJob` does with one, and returns those that are this process's then.
    ///
    /// One transaction. For kinds that change no attachment.
    package func claimJobs(
        _ jobs: [Job],
        leaseUntil: Date,
        now: Date = Date()
    ) async throws(CatalogError) -> [Job] {
        let token = runnerToken
        let (webhooks, rule) = (webhooks, replacement)
        let own = ownStorage.withLock { $0 }
        return try await write(changing: .nothing) { db in
            if let own, try db.otherStorage(than: own) != nil { return [] }
            return try jobs.compactMap { job in
                try db.claim(job, owner: token, until: leaseUntil, at: now, telling: webhooks, replacing: rule)
            }
        }
    }
}

extension Database {
    /// Claims a job that is due and as it was read; nil where it is not, or where it ends because somebody wanted that.
    func claim(
        _ job: Job,
        owner token: String,
        until lease: Date,
        at now: Date,
        telling webhooks: WebhookTargets,
        replacing rule: ReplacementRule
    ) throws -> Job? {
        try run(
            sql: """
                UPDATE job SET
                    attempts = attempts + 1, leased = 1, owner = ?, run_after = ?,
                    percent = NULL, stage = \(Job.restingStage)
                WHERE id = ? AND attempts = ? AND run_after = ? AND run_after <= ? AND (\(Catalog.isFirstOfItsEvents))
                """,
            arguments: [
                token, lease.milliseconds, job.id, job.attempts, job.runAfter.milliseconds, now.milliseconds,
            ]
        )
        guard changesCount == 1, try !endIfCancelled(jobID: job.id, at: now, telling: webhooks, replacing: rule) else {
            return nil
        }
        return try self.job(id: job.id)
    }
}

/// Goes from user to user through the jobs of a kind.
private struct TurnPlace {
    let kind: JobKind
    let priority: Job.Priority
    let now: Date
    /// The user seen last.
    var last: String?

    // The index on jobs' turns is of this very expression.
    private static let taker = "coalesce(user_id, '')"

    init(kind: JobKind, priority: Job.Priority, now: Date) {
        self.kind = kind
        self.priority = priority
        self.now = now
    }

    /// Users of whom a job is due, each once, those behind the given one first.
    mutating func takers(_ db: Database, after start: String?, limit: Int, seen: Int) throws -> [String] {
        var takers: [String] = []
        var rest = seen
        if let start { try look(db, after: start, upTo: nil, limit: limit, rest: &rest, &takers) }
        try look(db, after: nil, upTo: start, limit: limit, rest: &rest, &takers)
        return takers
    }

    private mutating func look(
        _ db: Database,
        after lower: String?,
        upTo upper: String?,
        limit: Int,
        rest: inout Int,
        _ takers: inout [String]
    ) throws {
        var place = lower
        while takers.count < limit, rest > 0, let taker = try next(db, after: place, upTo: upper) {
            rest -= 1
            (place, last) = (taker, taker)
            if try !jobs(db, of: taker, limit: 1, keyLimit: 1).isEmpty { takers.append(taker) }
        }
    }

    private func next(_ db: Database, after lower: String?, upTo upper: String?) throws -> String? {
        var conditions = ["kind = ?", "priority = ?"]
        var arguments: StatementArguments = [kind.rawValue, priority.rawValue]
        for (sign, bound) in [(">", lower), ("<=", upper)] {
            guard let bound else { continue }
            conditions.append("\(Self.taker) \(sign) ?")
            arguments += [bound]
        }
        return
            try db.texts(
                sql: """
                    SELECT \(Self.taker) FROM job INDEXED BY job_by_turn WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY \(Self.taker) LIMIT 1
                    """,
                arguments: arguments
            )
            .first
    }

    func jobs(_ db: Database, of taker: String, limit: Int, keyLimit: Int) throws -> [Job] {
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT * FROM job INDEXED BY job_by_turn
                    WHERE kind = ? AND priority = ? AND \(Self.taker) = ? AND run_after <= ?
                    ORDER BY run_after, id LIMIT ?
                    """
            ),
            arguments: [kind.rawValue, priority.rawValue, taker, now.milliseconds, limit]
        )
        var (jobs, keyCount): ([Job], Int) = ([], 0)
        while keyCount < keyLimit, let row = try rows.next() {
            let job = try Job(row: row)
            jobs.append(job)
            keyCount += job.objectKeys.count
        }
        return jobs
    }
}
