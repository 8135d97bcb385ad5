package import Foundation
import GRDB

extension Catalog {
    /// Returns the jobs that are due, the longest due first, at most as many as the limit.
    package func nextJobs(limit: Int, now: Date = Date()) async throws(CatalogError) -> [Job] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT * FROM job WHERE run_after <= ? ORDER BY run_after, id LIMIT ?",
                arguments: [now.milliseconds, max(0, limit)]
            )
            .map { row in try Job(row: row) }
        }
    }

    /// Puts a job off after a failed attempt.
    ///
    /// A job that is gone stays gone.
    package func postponeJob(id: Int64, until: Date, error: String) async throws(CatalogError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE job SET attempts = attempts + 1, run_after = ?, last_error = ? WHERE id = ?",
                arguments: [until.milliseconds, error, id]
            )
        }
    }

    /// Removes a job that is done.
    ///
    /// A job that is gone stays gone.
    package func removeJob(id: Int64) async throws(CatalogError) {
        try await write { db in
            try db.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [id])
        }
    }

    /// Returns the job that is queued for the attachment, or nil when there is none.
    package func job(attachmentID: UUID, kind: JobKind) async throws(CatalogError) -> Job? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT * FROM job WHERE attachment_id = ? AND kind = ?",
                arguments: [attachmentID.text, kind.rawValue]
            )
            .map { row in try Job(row: row) }
        }
    }
}

extension Database {
    func enqueueProcessing(of attachmentID: UUID, at date: Date) throws -> Job {
        try enqueue(.process, attachmentID: attachmentID, at: date)
    }

    /// Queues one deletion for each full lot of keys; no keys, no job.
    func enqueueDeletion(of keys: [String], at date: Date) throws {
        for start in stride(from: 0, to: keys.count, by: Job.maximumKeyCount) {
            let lot = keys[start..<min(start + Job.maximumKeyCount, keys.count)]
            _ = try enqueue(.deleteObjects, objectKeys: Array(lot), at: date)
        }
    }

    func enqueue(
        _ kind: JobKind,
        attachmentID: UUID? = nil,
        objectKeys: [String] = [],
        at date: Date
    ) throws -> Job {
        try insertRow(
            into: "job",
            [
                "kind": kind.rawValue.databaseValue,
                "attachment_id": (attachmentID?.text).databaseValue,
                "object_keys": try keyList(objectKeys).databaseValue,
                "attempts": 0.databaseValue,
                "run_after": date.milliseconds.databaseValue,
                "created_at": date.milliseconds.databaseValue,
            ]
        )
        let row = try Row.fetchOne(self, sql: "SELECT * FROM job WHERE id = ?", arguments: [lastInsertedRowID])
        guard let row else { throw CatalogError(code: .other, message: "the queued job is not there") }
        return try Job(row: row)
    }

    func removeProcessingJob(attachmentID: UUID, jobID: Int64?) throws {
        try execute(
            sql: "DELETE FROM job WHERE attachment_id = ? AND kind = 'process' AND id = coalesce(?, id)",
            arguments: [attachmentID.text, jobID]
        )
    }
}
