package import Foundation
import GRDB

/// How far a queued job is.
package enum JobState: String, Sendable, CaseIterable {
    /// It is due.
    case waiting
    /// Somebody works on it, or did when the process ended.
    case running
    /// It was put off, and its time has not come.
    case delayed
}

extension Job {
    /// How far the job is at a time.
    package func state(at date: Date) -> JobState {
        if isLeased { return .running }
        return runAfter > date ? .delayed : .waiting
    }
}

extension Catalog {
    /// Returns a page of the queued jobs, latest first: those before the given one, or the latest.
    ///
    /// About an attachment are also the webhooks that tell of it.
    package func jobs(
        kind: JobKind? = nil,
        attachmentID: UUID? = nil,
        before id: Int64? = nil,
        limit: Int
    ) async throws(CatalogError) -> [Job] {
        let bound = id ?? Int64.max
        let kinds = (kind.map { [$0] } ?? JobKind.allCases).map(\.rawValue)
        return try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM job
                    WHERE id < ? AND kind IN (SELECT value FROM json_each(?)) AND (? IS NULL OR \(isAboutAttachment))
                    ORDER BY id DESC LIMIT ?
                    """,
                arguments: [
                    bound, try keyList(kinds), attachmentID?.text, attachmentID?.text, attachmentID?.text,
                    max(0, limit),
                ]
            )
            .map { row in try Job(row: row) }
        }
    }

    /// Counts the queued jobs of each kind by how far they are; a kind and state without a job is left out.
    package func jobCounts(at date: Date = Date()) async throws(CatalogError) -> [JobKind: [JobState: Int]] {
        try await read { db in
            let rows = try db.rows(
                sql: """
                    SELECT kind,
                        CASE WHEN leased = 1 THEN 'running' WHEN run_after > ? THEN 'delayed' ELSE 'waiting' END AS state,
                        count(*) AS number
                    FROM job GROUP BY 1, 2
                    """,
                arguments: [date.milliseconds]
            )
            var counts: [JobKind: [JobState: Int]] = [:]
            for row in rows {
                let kind: JobKind = try row.choice("kind")
                let state: JobState = try row.choice("state")
                counts[kind, default: [:]][state] = try row.value("number")
            }
            return counts
        }
    }
}
