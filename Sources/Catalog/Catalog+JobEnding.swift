package import Foundation
import GRDB

/// Why jobs end with their attachment, as the history tells it.
enum JobEnding: String {
    /// Nothing of the attachment is left to work on.
    case deleted = "The attachment was deleted."
    /// The attachment may come back, and its work with it.
    case trashed = "The attachment was deleted; what was still to be done is queued anew when it is restored."
    /// What the scanner did not let pass is not worked on.
    case infected = "The file did not pass the scan."
    /// There are no bytes to work on.
    case missing = "object_missing: the object of the attachment is not in the storage."
}

extension Catalog {
    /// Ends a job that is done.
    ///
    /// A job that is gone stays gone, and one that another has claimed meanwhile stays with that: what keeps others from the keys of a
    /// deletion lasts until the last who deletes them is done.
    package func removeJob(_ job: Job, at date: Date = Date()) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            guard try db.isUntouched(job, owner: token) else { return }
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
        }
    }
}

extension Catalog {
    /// Ends deletions whose objects are gone, and writes the lines of the log that belong to each.
    ///
    /// One transaction. As `removeJob`: of a job that is gone, or that another has claimed meanwhile, nothing is written either.
    package func endDeletions(
        _ deletions: [(job: Job, activities: [Activity])],
        at date: Date = Date()
    ) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            for (job, activities) in deletions where try db.isUntouched(job, owner: token) {
                try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
                for activity in activities { try activity.insert(db) }
            }
        }
    }
}

extension Database {
    /// Ends a job that somebody wants to end; false where nobody does.
    @discardableResult
    func endIfCancelled(
        jobID: Int64,
        at date: Date,
        telling webhooks: WebhookTargets,
        replacing rule: ReplacementRule
    ) throws -> Bool {
        guard try exists("SELECT 1 FROM job WHERE id = ? AND is_cancelled = 1", [jobID]) else { return false }
        return try endJob(id: jobID, outcome: .cancelled, error: nil, at: date, telling: webhooks, replacing: rule)
    }

    /// Ends the jobs of attachments, or those of some kinds, as cancelled, and the history keeps why.
    ///
    /// What they did is not undone, and the attachments stay as they are.
    func cancelJobs(
        ofAttachments ids: [String],
        kinds: [JobKind] = JobKind.allCases,
        because reason: JobEnding,
        at date: Date
    ) throws {
        guard try noteCancelledJobs(ofAttachments: ids, kinds: kinds, because: reason, at: date) > 0 else { return }
        try run(
            sql: """
                DELETE FROM job
                WHERE attachment_id IN (SELECT value FROM json_each(?)) AND kind IN (SELECT value FROM json_each(?))
                """,
            arguments: [try keyList(ids), try keyList(kinds.map(\.rawValue))]
        )
    }

    /// Writes the jobs of attachments into the history as cancelled, in one statement, and answers how many there were.
    ///
    /// To be called before the rows of the attachments go, and their jobs with them.
    @discardableResult
    func noteCancelledJobs(
        ofAttachments ids: [String],
        kinds: [JobKind] = JobKind.allCases,
        because reason: JobEnding,
        at date: Date
    ) throws -> Int {
        try run(
            sql: """
                INSERT INTO job_history (
                    id, kind, attachment_id, name, user_id, object_keys, event_id, outcome, attempts, delays,
                    worker_deaths, last_error, priority, created_at, ended_at
                )
                SELECT id, kind, attachment_id, name, user_id, object_keys, event_id, 'cancelled', attempts, delays,
                    worker_deaths, ?, priority, created_at, ?
                FROM job
                WHERE attachment_id IN (SELECT value FROM json_each(?)) AND kind IN (SELECT value FROM json_each(?))
                """,
            arguments: [
                reason.rawValue, date.milliseconds, try keyList(ids), try keyList(kinds.map(\.rawValue)),
            ]
        )
        return changesCount
    }

    /// Queues what was ended as cancelled for that reason anew, under its numbers, but for what is queued already.
    func resumeJobs(ofAttachment id: UUID, cancelledBecause reason: JobEnding, at date: Date) throws {
        for ended in try cancelledJobs(ofAttachment: id, because: reason) where try jobInPlace(of: ended) == nil {
            _ = try requeue(ended, at: date)
        }
    }

    /// The jobs in the history that were ended as cancelled for that reason.
    func cancelledJobs(ofAttachment id: UUID, because reason: JobEnding) throws -> [EndedJob] {
        try rows(
            sql: """
                SELECT * FROM job_history
                WHERE attachment_id = ? AND outcome = 'cancelled' AND last_error = ? ORDER BY id
                """,
            arguments: [id.text, reason.rawValue]
        )
        .map { row in try EndedJob(row: row) }
    }
}
