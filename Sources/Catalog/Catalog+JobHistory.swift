package import Foundation
import GRDB

/// How a job ended.
package enum JobOutcome: String, Sendable, CaseIterable {
    /// What it was for is done.
    case done
    /// It cannot be done: the file is not fit for it, say.
    case failed
    /// Somebody did not want it any more.
    case cancelled
    /// It was tried as often as it may be.
    case dead
}

/// A job that is over, as the history keeps it for a while.
package struct EndedJob: Sendable, Equatable {
    /// The number that the job had, and has again where it is queued anew.
    package let id: Int64
    /// What the job did.
    package let kind: JobKind
    /// The attachment that it was about, which may be gone; nil for a deletion and a webhook.
    package let attachmentID: UUID?
    /// Which of several things of its kind it made; else empty.
    package let name: String
    /// The user whose turn it took; nil for a deletion.
    package let userID: String?
    /// The objects of a deletion; empty for the other kinds.
    package let objectKeys: [String]
    /// The event that a webhook told; nil for the other kinds.
    package let eventID: Int64?
    /// How it ended.
    package let outcome: JobOutcome
    /// How often it was begun.
    package let attempts: Int
    /// How often it was put off.
    package let delays: Int
    /// How often the media worker's process died of it.
    package let workerDeaths: Int
    /// Why it ended so, or was put off the last time.
    package let lastError: String?
    /// Whether it came after all others.
    package let priority: Job.Priority
    /// When it was queued.
    package let createdAt: Date
    /// When it ended.
    package let endedAt: Date
}

extension Catalog {
    /// Ends a job: it leaves the queue, and the history keeps how it ended.
    ///
    /// A job that is gone stays gone. One that another process has begun meanwhile stays with that, unless it is a message that was
    /// delivered: that cannot be taken back.
    /// Where media work is cancelled, its attachment is failed with the reason `cancelled`, unless it was ready before; where the last
    /// rendition is, the replacement of the original is queued as if it had ended otherwise. Answers whether the job ended now.
    @discardableResult
    package func endJob(
        _ job: Job,
        outcome: JobOutcome,
        error: String? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let change = job.kind.isMediaWork ? job.attachmentID.map(MetadataChange.attachment) : nil
        let (webhooks, rule, token) = (webhooks, replacement, runnerToken)
        return try await write(changing: change ?? .nothing) { db in
            if outcome != .done || job.kind != .webhook {
                guard try db.isUntouched(job, owner: token) else { return false }
            }
            return try db.endJob(
                id: job.id,
                outcome: outcome,
                error: error,
                at: date,
                telling: webhooks,
                replacing: rule
            )
        }
    }

    /// Returns a page of the jobs that are over, latest number first: those before the given one, or the latest.
    ///
    /// About an attachment are also the webhooks that tell of it.
    package func endedJobs(
        kind: JobKind? = nil,
        outcome: JobOutcome? = nil,
        attachmentID: UUID? = nil,
        before id: Int64? = nil,
        limit: Int
    ) async throws(CatalogError) -> [EndedJob] {
        var conditions = ["id < ?"]
        var values = [(id ?? Int64.max).databaseValue]
        for (column, text) in [("kind", kind?.rawValue), ("outcome", outcome?.rawValue)] {
            guard let text else { continue }
            conditions.append("\(column) = ?")
            values.append(text.databaseValue)
        }
        if let attachmentID {
            conditions.append(isAboutAttachment)
            values += [attachmentID.text.databaseValue, attachmentID.text.databaseValue]
        }
        values.append(max(0, limit).databaseValue)
        let sql = """
            SELECT * FROM job_history WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id DESC LIMIT ?
            """
        let arguments = StatementArguments(values)
        return try await read { db in
            try db.rows(sql: sql, arguments: arguments).map { row in try EndedJob(row: row) }
        }
    }

    /// Returns the job of that number that is over; nil where there is none, or it is forgotten.
    package func endedJob(id: Int64) async throws(CatalogError) -> EndedJob? {
        try await read { db in try db.endedJob(id: id) }
    }

    /// Counts the jobs in the history that came to nothing, by kind and outcome; those that are done are not counted.
    package func endedJobCounts() async throws(CatalogError) -> [JobKind: [JobOutcome: Int]] {
        try await read { db in
            var counts: [JobKind: [JobOutcome: Int]] = [:]
            for row in try db.rows(
                sql: """
                    SELECT kind, outcome, count(*) AS number FROM job_history
                    WHERE outcome IN ('failed', 'cancelled', 'dead') GROUP BY 1, 2
                    """
            ) {
                let (kind, outcome): (JobKind, JobOutcome) = (try row.choice("kind"), try row.choice("outcome"))
                counts[kind, default: [:]][outcome] = try row.value("number")
            }
            return counts
        }
    }

    /// Forgets jobs that ended before a time, those that are dead before another, and events that no job tells any more.
    ///
    /// At most as many of each as the limit, so that no write takes long. Answers how many jobs there were.
    package func pruneJobHistory(
        endedBefore: Date,
        deadBefore: Date,
        limit: Int = 500
    ) async throws(CatalogError) -> Int {
        try await write(changing: .nothing) { db in
            var count = 0
            for outcome in JobOutcome.allCases {
                let bound = outcome == .dead ? deadBefore : endedBefore
                try db.run(
                    sql: """
                        DELETE FROM job_history WHERE id IN (
                            SELECT id FROM job_history WHERE outcome = ? AND ended_at < ? ORDER BY ended_at LIMIT ?
                        )
                        """,
                    arguments: [outcome.rawValue, bound.milliseconds, limit]
                )
                count += db.changesCount
            }
            try db.run(
                sql: """
                    DELETE FROM webhook_event WHERE id IN (
                        SELECT id FROM webhook_event
                        WHERE created_at < ?
                            AND NOT EXISTS (SELECT 1 FROM job WHERE job.event_id = webhook_event.id)
                            AND NOT EXISTS (SELECT 1 FROM job_history WHERE job_history.event_id = webhook_event.id)
                        ORDER BY id LIMIT ?
                    )
                    """,
                arguments: [endedBefore.milliseconds, limit]
            )
            return count
        }
    }
}

extension Database {
    /// Moves a job from the queue to the history; false where there is no such job.
    ///
    /// Where media work is cancelled, its attachment is failed, or ready as before: it would be processing for good. The caller sees to
    /// what is known of that in memory, and says who is told of it. Where the last of the renditions is cancelled that were to be made of
    /// the original, the replacement of that is queued by the rule; other ends of such jobs bring their own.
    @discardableResult
    func endJob(
        id: Int64,
        outcome: JobOutcome,
        error: String?,
        at date: Date,
        telling webhooks: WebhookTargets = .none,
        replacing rule: ReplacementRule = .none
    ) throws -> Bool {
        try run(
            sql: """
                INSERT INTO job_history (
                    id, kind, attachment_id, name, user_id, object_keys, event_id, outcome, attempts, delays,
                    worker_deaths, last_error, priority, created_at, ended_at
                )
                SELECT id, kind, attachment_id, name, user_id, object_keys, event_id, ?, attempts, delays,
                    worker_deaths, coalesce(?, last_error), priority, created_at, ?
                FROM job WHERE id = ?
                """,
            arguments: [outcome.rawValue, error, date.milliseconds, id]
        )
        guard changesCount > 0 else { return false }
        let cancelled = outcome == .cancelled ? try job(id: id) : nil
        if let cancelled, cancelled.kind.isMediaWork, let attachmentID = cancelled.attachmentID,
            try !keepReady(attachmentID, after: cancelled)
        {
            try run(
                sql: """
                    UPDATE attachment SET status = 'failed', failure_reason = 'cancelled'
                    WHERE status = 'processing' AND id = ?
                    """,
                arguments: [attachmentID.text]
            )
            if changesCount > 0, let failed = try Attachment.fetch(self, id: attachmentID) {
                try recordEvent(.failed, of: failed, at: date, for: webhooks)
            }
        }
        try run(sql: "DELETE FROM job WHERE id = ?", arguments: [id])
        if let cancelled { try enqueueReplacement(after: cancelled, by: rule, at: date) }
        try wakeWebhooks(afterEndedJob: id, at: date)
        return true
    }

    /// Ends the jobs of an attachment of some kinds; answers how many there were.
    @discardableResult
    func endJobs(
        ofAttachment attachmentID: UUID,
        kinds: [JobKind],
        outcome: JobOutcome,
        error: String?,
        at date: Date
    ) throws -> Int {
        let ids = try Int64.fetchAll(
            cachedStatement(
                sql: "SELECT id FROM job WHERE attachment_id = ? AND kind IN (SELECT value FROM json_each(?))"
            ),
            arguments: [attachmentID.text, try keyList(kinds.map(\.rawValue))]
        )
        for id in ids { try endJob(id: id, outcome: outcome, error: error, at: date) }
        return ids.count
    }

    func endedJob(id: Int64) throws -> EndedJob? {
        try row(sql: "SELECT * FROM job_history WHERE id = ?", arguments: [id])
            .map { row in try EndedJob(row: row) }
    }
}

extension EndedJob {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            kind: try row.choice("kind"),
            attachmentID: try row.value("attachment_id"),
            name: try row.value("name"),
            userID: try row.value("user_id"),
            objectKeys: try row.keys("object_keys"),
            eventID: try row.value("event_id"),
            outcome: try row.choice("outcome"),
            attempts: try row.value("attempts"),
            delays: try row.value("delays"),
            workerDeaths: try row.value("worker_deaths"),
            lastError: try row.value("last_error"),
            priority: Job.Priority(rawValue: try row.value("priority")) ?? .ordinary,
            createdAt: try row.date("created_at"),
            endedAt: try row.date("ended_at")
        )
    }
}
