package import Foundation
import GRDB

/// A process that works jobs off.
package struct JobRunner: Sendable, Equatable {
    /// Which processes do.
    package enum Kind: String, Sendable {
        /// The server; there is one at a time.
        case serve
        /// A process beside the server.
        case work
    }

    /// So long after its last sign a process is taken for dead, in seconds.
    package static let patience: TimeInterval = 120
    /// So often a process gives a sign of life.
    package static let heartbeatInterval = Duration.seconds(15)

    /// What the leases of its jobs, and its upload intents, are marked with.
    package let token: String
    /// What it is.
    package let kind: Kind
    /// The system's number of the process.
    package let processID: Int
    /// When it began.
    package let startedAt: Date
    /// Its last sign of life.
    package let seenAt: Date
}

extension Catalog {
    /// Makes it known that this process works jobs off, and returns how many jobs it frees thereby.
    ///
    /// Others that gave no sign for long are dead: what they had claimed is due at once, the attempts still counted. At the start of a
    /// server so is its predecessor, for there is one at a time, and due is what nobody who is known has claimed, or this process has not
    /// in hand. With nil in the place of what it has in hand, nothing of its own is freed: it may have claimed what it has not in hand yet.
    @discardableResult
    package func registerRunner(
        _ kind: JobRunner.Kind,
        processID: Int,
        inHand jobIDs: [Int64]? = [],
        at date: Date = Date()
    ) async throws(CatalogError) -> Int {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            try db.run(
                sql: "DELETE FROM job_runner WHERE token = ? OR (kind = 'serve' AND ? = 'serve')",
                arguments: [token, kind.rawValue]
            )
            if let jobIDs {
                try db.run(
                    sql: "UPDATE job SET owner = NULL WHERE owner = ? AND id NOT IN (SELECT value FROM json_each(?))",
                    arguments: [token, try numberList(jobIDs)]
                )
            }
            try db.insertRunner(token, kind, processID: processID, at: date)
            let count = try db.buryRunners(at: date)
            return try kind == .serve ? count + db.freeUnownedJobs(at: date) : count
        }
    }

    /// Gives a sign of life: the leases of the given jobs last longer, where they are this process's still.
    ///
    /// What others had claimed that are dead by now is due at once.
    package func heartbeat(
        _ kind: JobRunner.Kind,
        processID: Int,
        jobIDs: [Int64],
        at date: Date = Date()
    ) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            try db.run(sql: "UPDATE job_runner SET seen_at = ? WHERE token = ?", arguments: [date.milliseconds, token])
            // Another has taken a process for dead that was stopped for a while.
            if db.changesCount == 0 { try db.insertRunner(token, kind, processID: processID, at: date) }
            if !jobIDs.isEmpty {
                try db.run(
                    sql: """
                        UPDATE job SET run_after = ?
                        WHERE id IN (SELECT value FROM json_each(?)) AND leased = 1 AND owner = ?
                        """,
                    arguments: [
                        date.addingTimeInterval(Job.leaseDuration).milliseconds, try numberList(jobIDs), token,
                    ]
                )
            }
            _ = try db.buryRunners(at: date)
        }
    }

    /// Takes leave at the end of the process: jobs that it had claimed are due at once.
    package func removeRunner(at date: Date = Date()) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            try db.run(sql: "DELETE FROM job_runner WHERE token = ?", arguments: [token])
            try db.run(
                sql: "UPDATE job SET leased = 0, run_after = min(run_after, ?) WHERE leased = 1 AND owner = ?",
                arguments: [date.milliseconds, token]
            )
        }
    }

    /// Returns the processes that work jobs off, the longest running first.
    package func runners() async throws(CatalogError) -> [JobRunner] {
        try await read { db in
            try db.rows(sql: "SELECT * FROM job_runner ORDER BY started_at, token")
                .map { row in
                    JobRunner(
                        token: try row.value("token"),
                        kind: try row.choice("kind"),
                        processID: try row.value("process_id"),
                        startedAt: try row.date("started_at"),
                        seenAt: try row.date("seen_at")
                    )
                }
        }
    }

    /// Returns every intent that is not in the hands of another process that is alive, oldest first; or only this process's own.
    package func abandonableIntents(
        onlyOwn: Bool = false,
        at date: Date = Date()
    ) async throws(CatalogError) -> [UploadIntent] {
        let token = runnerToken
        return try await read { db in
            try db.rows(
                sql: """
                    SELECT * FROM upload_intent
                    WHERE owner = ? OR (
                        NOT ? AND (owner IS NULL OR owner NOT IN (SELECT token FROM job_runner WHERE seen_at >= ?))
                    )
                    ORDER BY created_at, id
                    """,
                arguments: [token, onlyOwn, date.addingTimeInterval(-JobRunner.patience).milliseconds]
            )
            .map { row in try UploadIntent(row: row) }
        }
    }

    /// Returns those of the jobs that are not there any more: done, or gone with their attachments.
    package func goneJobs(among ids: [Int64]) async throws(CatalogError) -> [Int64] {
        guard !ids.isEmpty else { return [] }
        return try await read { db in
            try Int64.fetchAll(
                db.cachedStatement(
                    sql: "SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = value)"
                ),
                arguments: [try numberList(ids)]
            )
        }
    }

    /// Returns those of the jobs that somebody wants to end.
    package func cancelledJobs(among ids: [Int64]) async throws(CatalogError) -> [Int64] {
        guard !ids.isEmpty else { return [] }
        return try await read { db in
            try Int64.fetchAll(
                db.cachedStatement(
                    sql: "SELECT id FROM job WHERE id IN (SELECT value FROM json_each(?)) AND is_cancelled = 1"
                ),
                arguments: [try numberList(ids)]
            )
        }
    }
}

extension Database {
    fileprivate func insertRunner(_ token: String, _ kind: JobRunner.Kind, processID: Int, at date: Date) throws {
        try insertRow(
            into: "job_runner",
            [
                "token": token.databaseValue,
                "kind": kind.rawValue.databaseValue,
                "process_id": processID.databaseValue,
                "started_at": date.milliseconds.databaseValue,
                "seen_at": date.milliseconds.databaseValue,
            ]
        )
    }

    /// Forgets processes that are dead, and frees what they had claimed; answers how many jobs that were.
    fileprivate func buryRunners(at date: Date) throws -> Int {
        let bound = date.addingTimeInterval(-JobRunner.patience).milliseconds
        try run(
            sql: """
                UPDATE job SET leased = 0, run_after = min(run_after, ?)
                WHERE leased = 1 AND owner IN (SELECT token FROM job_runner WHERE seen_at < ?)
                """,
            arguments: [date.milliseconds, bound]
        )
        let count = changesCount
        try run(sql: "DELETE FROM job_runner WHERE seen_at < ?", arguments: [bound])
        return count
    }

    /// Frees what nobody who is known has claimed; answers how many jobs that were.
    fileprivate func freeUnownedJobs(at date: Date) throws -> Int {
        try run(
            sql: """
                UPDATE job SET leased = 0, run_after = min(run_after, ?)
                WHERE leased = 1 AND (owner IS NULL OR owner NOT IN (SELECT token FROM job_runner))
                """,
            arguments: [date.milliseconds]
        )
        return changesCount
    }
}

/// The JSON array that stands for a list of numbers.
private func numberList(_ numbers: [Int64]) throws -> String {
    String(decoding: try JSONEncoder().encode(numbers), as: UTF8.self)
}
