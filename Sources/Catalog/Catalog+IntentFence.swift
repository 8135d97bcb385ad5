package import Foundation
import GRDB

// A process that was silent for long is taken for dead, what it stored is deleted, and it may go on all the same. So whoever
// cleans up takes the intent first, and whoever makes rows of what was stored must still have it.
extension Catalog {
    /// Makes an abandoned intent this process's, and returns it: whoever had it cannot finish any more.
    ///
    /// Returns nil when it is gone, or in the hands of another process that is alive; with `onlyOwn` whenever it is not this
    /// process's already. An intent that names no process is from before they did, and of a dead one. To be called before the
    /// look whether something refers to the object.
    package func takeIntent(
        id: UUID,
        onlyOwn: Bool = false,
        at date: Date = Date()
    ) async throws(CatalogError) -> UploadIntent? {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            try db.run(
                sql: """
                    UPDATE upload_intent SET owner = ?1
                    WHERE id = ?2 AND (
                        owner = ?1 OR (
                            NOT ?3 AND (owner IS NULL OR owner NOT IN (SELECT token FROM job_runner WHERE seen_at >= ?4))
                        )
                    )
                    """,
                arguments: [token, id.text, onlyOwn, date.addingTimeInterval(-JobRunner.patience).milliseconds]
            )
            guard db.changesCount == 1 else { return nil }
            return try db.row(sql: "SELECT * FROM upload_intent WHERE id = ?", arguments: [id.text])
                .map { row in try UploadIntent(row: row) }
        }
    }
}

extension Database {
    /// Removes the process's intents of these keys, and returns the keys that had one, in their order.
    func takeOutIntents(objectKeys keys: [String], owner token: String) throws -> [String] {
        guard !keys.isEmpty else { return [] }
        let covered = try String.fetchSet(
            self,
            sql: """
                DELETE FROM upload_intent WHERE owner = ? AND object_key IN (SELECT value FROM json_each(?))
                RETURNING object_key
                """,
            arguments: [token, try keyList(keys)]
        )
        return keys.filter { covered.contains($0) }
    }

    /// Throws `missingIntent` unless every key had an intent.
    func requireIntents(_ covered: [String], for keys: [String]) throws {
        guard covered.count == keys.count else { throw CatalogError.missingIntent }
    }

    /// Throws `lostJob` unless the job is still as the process has claimed it.
    func requireClaim(of job: Job, owner token: String) throws {
        let isClaimed = try exists(
            "SELECT 1 FROM job WHERE id = ? AND leased = 1 AND owner = ? AND attempts = ?",
            [job.id, token, job.attempts]
        )
        guard isClaimed else {
            throw CatalogError(code: .lostJob, message: "the job is not this process's any more")
        }
    }
}
