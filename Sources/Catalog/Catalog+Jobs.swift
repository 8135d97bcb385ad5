package import Foundation
import GRDB
import Synchronization

extension Catalog {
    /// Returns the jobs that are due, at most as many as the limit; of all kinds, or of some.
    ///
    /// One of each uploader comes before the second of any, so that nobody waits behind another's many files; the
    /// longest due come first. What is nobody's counts as of one more uploader.
    ///
    /// Jobs of low priority follow, few of them, so that what comes in meanwhile does not wait long. They may be very many,
    /// and are not put into turns: that would be to look at all of them.
    ///
    /// A receiver is told of an attachment's events in their order: a webhook is not due while an earlier one waits.
    package func nextJobs(
        kinds: [JobKind] = JobKind.allCases,
        limit: Int,
        now: Date = Date()
    ) async throws(CatalogError) -> [Job] {
        let kinds = kinds.map(\.rawValue)
        return try await read { db in
            let kinds = try keyList(kinds)
            let ordinary = try db.rows(
                sql: """
                    SELECT * FROM job
                    WHERE kind IN (SELECT value FROM json_each(?)) AND priority = 0 AND run_after <= ?
                        AND (\(Self.isFirstOfItsEvents))
                    ORDER BY
                        row_number() OVER (
                            PARTITION BY CASE kind WHEN 'webhook' THEN name ELSE user_id END ORDER BY run_after, id
                        ),
                        run_after, id
                    LIMIT ?
                    """,
                arguments: [kinds, now.milliseconds, max(0, limit)]
            )
            let low = try db.rows(
                sql: """
                    SELECT * FROM job
                    WHERE kind IN (SELECT value FROM json_each(?)) AND priority = 1 AND run_after <= ?
                    ORDER BY run_after, id LIMIT ?
                    """,
                arguments: [kinds, now.milliseconds, max(0, min(limit - ordinary.count, Self.lowPriorityJobsAtOnce))]
            )
            return try (ordinary + low).map { row in try Job(row: row) }
        }
    }

    /// Returns those of the kinds of which a job is due; it costs no more however many there are.
    package func kindsWithDueJobs(
        among kinds: [JobKind],
        now: Date = Date()
    ) async throws(CatalogError) -> [JobKind] {
        let names = kinds.map(\.rawValue)
        return try await read { db in
            let due = try String.fetchSet(
                db,
                sql: """
                    SELECT value FROM json_each(?)
                    WHERE EXISTS (SELECT 1 FROM job WHERE kind = value AND priority = 0 AND run_after <= ?)
                        OR EXISTS (SELECT 1 FROM job WHERE kind = value AND priority = 1 AND run_after <= ?)
                    """,
                arguments: [try keyList(names), now.milliseconds, now.milliseconds]
            )
            return kinds.filter { due.contains($0.rawValue) }
        }
    }

    /// That no earlier event of the same attachment is still to be told to the same receiver.
    static let isFirstOfItsEvents = """
        kind <> 'webhook' OR NOT EXISTS (
            SELECT 1 FROM webhook_event AS told
            JOIN webhook_event AS earlier ON earlier.attachment_id = told.attachment_id AND earlier.id < told.id
            JOIN job AS other ON other.event_id = earlier.id AND other.name = job.name
            WHERE told.id = job.event_id
        )
        """

    /// How many jobs of low priority are handed out at a time.
    static let lowPriorityJobsAtOnce = 16

    /// Returns how many jobs of a kind there are, due or not.
    package func jobCount(kind: JobKind) async throws(CatalogError) -> Int {
        try await read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM job WHERE kind = ?", arguments: [kind.rawValue]) ?? 0
        }
    }

    /// Claims a job that is due: nobody else gets it before the lease is over.
    ///
    /// Returns the job as it is then, or nil when it is not any more as the caller has read it: somebody has claimed
    /// it, put it off or ended it. The attempt counts from now on, so that one that takes the process down counts too.
    ///
    /// One that somebody wanted to end while a process worked on it that is dead by now ends.
    ///
    /// Nothing is claimed where the objects are in another storage by now than this process works in, see `otherStorage`.
    package func claimJob(_ job: Job, leaseUntil: Date, now: Date = Date()) async throws(CatalogError) -> Job? {
        let token = runnerToken
        let (webhooks, rule) = (webhooks, replacement)
        let own = ownStorage.withLock { $0 }
        return try await write(changing: job.endChange) { db in
            if let own, try db.otherStorage(than: own) != nil { return nil }
            return try db.claim(job, owner: token, until: leaseUntil, at: now, telling: webhooks, replacing: rule)
        }
    }

    /// Puts a job off after an attempt that failed; one that somebody wants to end ends.
    ///
    /// An attempt that was claimed is taken back unless it is to count. A job that is gone stays gone, and one that
    /// another has claimed meanwhile stays with that.
    ///
    /// With `waitsForMove`, the attachment's original has to be moved from its old place first: where it has been since the job looked,
    /// the job is due at once.
    package func postponeJob(
        _ job: Job,
        until: Date,
        error: String,
        countsAttempt: Bool,
        countsWorkerDeath: Bool = false,
        waitsForMove: Bool = false,
        at date: Date = Date()
    ) async throws(CatalogError) {
        let attempts = countsAttempt ? job.attempts : job.attemptsBeforeClaim
        let deaths = job.workerDeaths + (countsWorkerDeath ? 1 : 0)
        let (webhooks, rule, token) = (webhooks, replacement, runnerToken)
        try await write(changing: job.endChange) { db in
            // The move found the job in work then, and could not have it due.
            let hasMoved = try waitsForMove && !db.isOriginalWaiting(attachmentID: job.attachmentID)
            let until = hasMoved ? date : until
            try db.run(
                sql: """
                    UPDATE job SET
                        attempts = ?, worker_deaths = ?, delays = delays + 1, leased = 0, run_after = ?, last_error = ?,
                        percent = NULL, stage = \(Job.restingStage)
                    WHERE id = ? AND attempts = ? AND (leased = 0 OR owner IS NULL OR owner = ?)
                    """,
                arguments: [attempts, deaths, until.milliseconds, error, job.id, job.attempts, token]
            )
            if db.changesCount == 1 {
                try db.endIfCancelled(jobID: job.id, at: date, telling: webhooks, replacing: rule)
            }
        }
    }

    /// Gives a claimed job back as if it had never been claimed: it is due at once.
    ///
    /// One that somebody wants to end ends.
    ///
    /// A job that is gone stays gone, and one that another has claimed meanwhile stays with that.
    package func releaseJob(_ job: Job, at date: Date = Date()) async throws(CatalogError) {
        let attempts = job.attemptsBeforeClaim
        let (webhooks, rule, token) = (webhooks, replacement, runnerToken)
        try await write(changing: job.endChange) { db in
            try db.run(
                sql: """
                    UPDATE job SET
                        attempts = ?, leased = 0, run_after = ?, percent = NULL, stage = \(Job.restingStage)
                    WHERE id = ? AND attempts = ? AND (leased = 0 OR owner IS NULL OR owner = ?)
                    """,
                arguments: [attempts, date.milliseconds, job.id, job.attempts, token]
            )
            if db.changesCount == 1 {
                try db.endIfCancelled(jobID: job.id, at: date, telling: webhooks, replacing: rule)
            }
        }
    }

    /// Returns the queued job of that number; nil where there is none (any more).
    package func job(id: Int64) async throws(CatalogError) -> Job? {
        try await read { db in try db.job(id: id) }
    }

    /// Returns the job that is queued for the attachment, or nil when there is none.
    package func job(attachmentID: UUID, kind: JobKind) async throws(CatalogError) -> Job? {
        try await read { db in
            try db.row(
                sql: "SELECT * FROM job WHERE attachment_id = ? AND kind = ?",
                arguments: [attachmentID.text, kind.rawValue]
            )
            .map { row in try Job(row: row) }
        }
    }
}

extension Job {
    /// The attempts without the one that the holder of this value has claimed, if it has.
    fileprivate var attemptsBeforeClaim: Int { isLeased ? attempts - 1 : attempts }

    /// What changes of an attachment where the job is cancelled.
    fileprivate var endChange: MetadataChange {
        guard kind.isMediaWork, let attachmentID else { return .nothing }
        return .attachment(attachmentID)
    }
}

extension Database {
    /// Queues the processing as claimed by the caller until the lease is over.
    func enqueueProcessing(of attachment: Attachment, at date: Date, leaseUntil: Date, owner: String) throws -> Job {
        try enqueue(
            .process,
            attachmentID: attachment.id,
            userID: attachment.uploadedBy,
            at: date,
            leaseUntil: leaseUntil,
            owner: owner
        )
    }

    /// Queues one deletion for each full lot of keys, in the user's turn; no keys, no job.
    func enqueueDeletion(of keys: [String], userID: String? = nil, at date: Date) throws {
        for start in stride(from: 0, to: keys.count, by: Job.maximumKeyCount) {
            let lot = keys[start..<min(start + Job.maximumKeyCount, keys.count)]
            _ = try enqueue(.purge, userID: userID, objectKeys: Array(lot), at: date)
        }
    }

    /// Queues a job; where the user is not given, it is that who uploaded the attachment.
    ///
    /// One that is claimed already has an owner: without, no heartbeat makes the lease last longer.
    func enqueue(
        _ kind: JobKind,
        attachmentID: UUID? = nil,
        name: String = "",
        userID: String? = nil,
        objectKeys: [String] = [],
        eventID: Int64? = nil,
        at date: Date,
        leaseUntil: Date? = nil,
        owner: String? = nil,
        priority: Job.Priority = .ordinary,
        stage: String? = nil,
        cause: PurgeCause? = nil
    ) throws -> Job {
        let isLeased = leaseUntil != nil
        let userID = try userID ?? attachmentID.flatMap { id in try uploader(ofAttachment: id) }
        try insertRow(
            into: "job",
            [
                "kind": kind.rawValue.databaseValue,
                "attachment_id": (attachmentID?.text).databaseValue,
                "name": name.databaseValue,
                "user_id": userID.databaseValue,
                "object_keys": try keyList(objectKeys).databaseValue,
                "event_id": eventID.databaseValue,
                "attempts": (isLeased ? 1 : 0).databaseValue,
                "delays": 0.databaseValue,
                "leased": isLeased.databaseValue,
                "owner": owner.databaseValue,
                "run_after": (leaseUntil ?? date).milliseconds.databaseValue,
                "created_at": date.milliseconds.databaseValue,
                "priority": priority.rawValue.databaseValue,
                "stage": stage.databaseValue,
                "cause": (cause?.rawValue).databaseValue,
            ]
        )
        guard let job = try self.job(id: lastInsertedRowID) else {
            throw CatalogError(code: .other, message: "the queued job is not there")
        }
        return job
    }

    private func uploader(ofAttachment id: UUID) throws -> String? {
        try texts(sql: "SELECT uploaded_by FROM attachment WHERE id = ?", arguments: [id.text]).first
    }

    func job(id: Int64) throws -> Job? {
        try row(sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
            .map { row in try Job(row: row) }
    }
}
