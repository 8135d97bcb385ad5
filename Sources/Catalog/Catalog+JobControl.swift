package import Foundation
import GRDB

/// What became of the wish to end a job.
package enum JobCancellation: Sendable, Equatable {
    /// It waited, and is over.
    case ended(EndedJob)
    /// It runs, and who works on it is told.
    case requested(Job)
    /// It is over already.
    case over(EndedJob)
    /// Jobs of its kind have to be done.
    case refused(JobKind)
    /// There is no such job.
    case notFound
}

/// What became of the wish to have a job done (again).
package enum JobRetry: Sendable, Equatable {
    /// It is due.
    case due(Job)
    /// Somebody works on it.
    case running(Job)
    /// It is done, and there is nothing to do again.
    case done(EndedJob)
    /// What it was about is not there any more.
    case subjectGone(EndedJob)
    /// Another job does the same already.
    case replaced(EndedJob, by: Job)
    /// There is no such job.
    case notFound
}

extension JobKind {
    /// Whether a job may be ended without having been done.
    ///
    /// Objects that no row refers to, URLs that are to end, and files that nobody has looked through must not stay so.
    package var isCancellable: Bool {
        switch self {
        case .process, .import, .render, .transcode, .webhook: true
        case .purge, .revoke, .scan: false
        }
    }
}

extension Catalog {
    /// Ends a job that waits, or has who works on it told to end it; then as `endJob`.
    package func cancelJob(id: Int64, at date: Date = Date()) async throws(CatalogError) -> JobCancellation {
        let (webhooks, rule) = (webhooks, replacement)
        // Which attachment a cancelled job leaves failed is known only inside.
        return try await write { db in
            guard let job = try db.job(id: id) else {
                return try db.endedJob(id: id).map(JobCancellation.over) ?? .notFound
            }
            guard job.kind.isCancellable else { return .refused(job.kind) }
            if job.isLeased, job.runAfter > date {
                try db.run(sql: "UPDATE job SET is_cancelled = 1 WHERE id = ?", arguments: [id])
                return .requested(try db.job(id: id) ?? job)
            }
            try db.endJob(
                id: id,
                outcome: .cancelled,
                error: nil,
                at: date,
                telling: webhooks,
                replacing: rule
            )
            guard let ended = try db.endedJob(id: id) else { return .notFound }
            return .ended(ended)
        }
    }

    /// Has a job that was put off done at once, and queues one anew that came to nothing.
    ///
    /// Such a job has the number of before, and all its attempts again; what went wrong then is forgotten.
    package func retryJob(id: Int64, at date: Date = Date()) async throws(CatalogError) -> JobRetry {
        try await write { db in
            if let job = try db.job(id: id) {
                guard !job.isLeased || job.runAfter <= date else { return .running(job) }
                try db.run(
                    sql: "UPDATE job SET run_after = min(run_after, ?) WHERE id = ?",
                    arguments: [date.milliseconds, id]
                )
                return .due(try db.job(id: id) ?? job)
            }
            guard let ended = try db.endedJob(id: id) else { return .notFound }
            guard ended.outcome != .done else { return .done(ended) }
            if let attachmentID = ended.attachmentID,
                try !db.exists("SELECT 1 FROM attachment WHERE id = ? AND hold IS NOT 'infected'", [attachmentID.text])
            {
                return .subjectGone(ended)
            }
            if let other = try db.jobInPlace(of: ended) { return .replaced(ended, by: other) }
            return .due(try db.requeue(ended, at: date))
        }
    }
}

extension Database {
    /// A queued job that does the same as one that is over.
    func jobInPlace(of ended: EndedJob) throws -> Job? {
        guard let attachmentID = ended.attachmentID else { return nil }
        // One media job is as good as the other.
        let kinds = ended.kind.isMediaWork ? JobKind.allCases.filter(\.isMediaWork) : [ended.kind]
        return try row(
            sql: """
                SELECT * FROM job
                WHERE attachment_id = ? AND name = ? AND kind IN (SELECT value FROM json_each(?)) LIMIT 1
                """,
            arguments: [attachmentID.text, ended.name, try keyList(kinds.map(\.rawValue))]
        )
        .map { row in try Job(row: row) }
    }

    /// Queues a job of the history anew, under its number and with all its attempts.
    func requeue(_ ended: EndedJob, at date: Date) throws -> Job {
        try run(
            sql: """
                INSERT INTO job (
                    id, kind, attachment_id, name, user_id, object_keys, event_id, attempts, delays, leased, run_after,
                    created_at, priority
                )
                SELECT id, kind, attachment_id, name, user_id, object_keys, event_id, 0, 0, 0, ?,
                    created_at, priority
                FROM job_history WHERE id = ?
                """,
            arguments: [date.milliseconds, ended.id]
        )
        try run(sql: "DELETE FROM job_history WHERE id = ?", arguments: [ended.id])
        if ended.kind.isMediaWork, let attachmentID = ended.attachmentID {
            // What is to stay where it fails is what there is now, not what there was when it was asked for first.
            try run(
                sql:
                    "UPDATE job SET stage = (SELECT \(Job.stageOfRepetition) FROM attachment WHERE id = ?) WHERE id = ?",
                arguments: [attachmentID.text, ended.id]
            )
            try run(
                sql: """
                    UPDATE attachment SET status = 'processing', failure_reason = NULL
                    WHERE id = ? AND status = 'failed'
                    """,
                arguments: [attachmentID.text]
            )
        }
        guard let job = try job(id: ended.id) else {
            throw CatalogError(code: .other, message: "the job that was queued anew is not there")
        }
        return job
    }
}
