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

    /// Returns an intent of this process, whose work will not be finished, in order to clean up after it; one that is gone is written anew.
    ///
    /// Returns nil where that is not to be: something refers to the object, so that the intent went with the row it led to, or somebody
    /// else has taken it or stores under the same key. In the latter case the deletion of the object is queued, should nothing refer to
    /// it then: who has taken the intent may have looked before the last was stored under it, and may be deleting it at this moment, so
    /// that it must stay with that. Only to be called by who has made the intent, and stores no more under it.
    package func reclaimIntent(
        _ intent: UploadIntent,
        at date: Date = Date()
    ) async throws(CatalogError) -> UploadIntent? {
        let token = runnerToken
        return try await write(changing: .nothing) { db in
            let own = try db.row(
                sql: "SELECT * FROM upload_intent WHERE owner = ? AND id = ? AND object_key = ?",
                arguments: [token, intent.id.text, intent.objectKey]
            )
            if let own { return try UploadIntent(row: own) }
            guard try db.referencedObjectKeys(among: [intent.objectKey]).isEmpty else { return nil }
            guard try !db.exists("SELECT 1 FROM upload_intent WHERE object_key = ?", [intent.objectKey]) else {
                try db.enqueueDeletion(ofLost: [intent.objectKey], at: date)
                return nil
            }
            try db.insertIntent(intent, owner: token)
            return intent
        }
    }
}

extension Database {
    /// How many seconds later an object is deleted that was stored under an intent of which another process disposes: by then that
    /// has had its last look.
    private static var lostObjectPause: TimeInterval { 60 }

    /// Queues the deletion of what this process may have stored under intents that another has taken, where no row refers to it.
    ///
    /// Who has taken them may have looked before. The job looks itself for what refers to the keys by then.
    func enqueueDeletion(ofLost keys: [String], at date: Date) throws {
        try enqueueDeletion(ofUnreferenced: keys, at: date.addingTimeInterval(Self.lostObjectPause))
    }

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
        guard try isClaimed(job, owner: token) else {
            throw CatalogError(code: .lostJob, message: "the job is not this process's any more")
        }
    }

    /// Whether the job is still as the process has claimed it.
    func isClaimed(_ job: Job, owner token: String) throws -> Bool {
        try exists(
            "SELECT 1 FROM job WHERE id = ? AND leased = 1 AND owner = ? AND attempts = ?",
            [job.id, token, job.attempts]
        )
    }

    /// Whether the job is still as the process has claimed it, or, where it never has, claimed by nobody.
    func isUntouched(_ job: Job, owner token: String) throws -> Bool {
        guard !job.isLeased else { return try isClaimed(job, owner: token) }
        return try exists("SELECT 1 FROM job WHERE id = ? AND leased = 0 AND attempts = ?", [job.id, job.attempts])
    }
}
