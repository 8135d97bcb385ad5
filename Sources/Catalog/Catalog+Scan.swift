package import Foundation
import GRDB

extension Catalog {
    /// Lets a file pass that the scanner found nothing in: from now on there are URLs of it.
    ///
    /// One transaction: the hold ends, the scan's job is over, and the media work is queued, as claimed by the caller until the
    /// lease is over; where none is to come, the attachment is ready.
    ///
    /// Changes nothing when the job is over already. Returns the attachment as it is then, nil when it was deleted meanwhile, and the
    /// job of the media work where one was queued.
    ///
    /// An attachment that came with a migration is ready at once, whatever `needsMediaWork` says, unless it had failed before: media work
    /// is queued at low priority where `lacksMediaWork` says so and all of its objects have arrived, else by the last that does.
    /// `sha256` is the digest of the bytes that were looked through: of a file that waits in its old place it is kept, so that what
    /// arrives is held against it.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it: another looks through the file, and may find
    /// something; `digestMismatch` where `sha256` is not that of the file. Then nothing changes.
    package func passScan(
        attachmentID: UUID,
        job: Job,
        needsMediaWork: Bool,
        lacksMediaWork: @escaping @Sendable (Attachment) -> Bool = { _ in false },
        sha256: String? = nil,
        at date: Date = Date(),
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> (attachment: Attachment, work: Job?)? {
        let (webhooks, token) = (webhooks, runnerToken)
        return try await write(changing: .attachment(attachmentID)) { db -> (attachment: Attachment, work: Job?)? in
            guard try db.hasScan(job, attachmentID: attachmentID) else {
                return try Attachment.fetch(db, id: attachmentID).map { ($0, nil) }
            }
            try db.requireClaim(of: job, owner: token)
            if let sha256 { try db.requireScanned(sha256, attachmentID: attachmentID) }
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
            if job.isOfMigrated {
                let passed = try db.passMigrated(attachmentID, at: date, for: webhooks, where: lacksMediaWork)
                return passed.map { ($0, nil) }
            }
            let status: AttachmentStatus = needsMediaWork ? .processing : .ready
            try db.run(
                // One that failed because its object was missing has been looked through: it is there again.
                sql: "UPDATE attachment SET hold = NULL, status = ?, failure_reason = NULL WHERE id = ?",
                arguments: [status.rawValue, attachmentID.text]
            )
            guard let attachment = try Attachment.fetch(db, id: attachmentID) else { return nil }
            if needsMediaWork {
                let work = try db.enqueueProcessing(of: attachment, at: date, leaseUntil: leaseUntil, owner: token)
                return (attachment, work)
            }
            try db.recordEvent(.ready, of: attachment, at: date, for: webhooks)
            return (attachment, nil)
        }
    }

    /// Fails a file for good that the scanner did not let pass: there never is a URL of it.
    ///
    /// One transaction: the status is failed with the reason, the scan's job is over, the deletion of the objects is queued and
    /// written to the log, and what waits in an old place is doomed. The row stays as a note. The reason must not be empty.
    ///
    /// What a migration brought is not doomed in the place that it came from, where it may be the only copy: it is neither served nor
    /// moved from there any more. Where that place is the storage itself, and has it under the same key, the object stays, too.
    ///
    /// With `isFinding`, the scanner has found something: that counts whoever has the job by now, and where it is over and the file
    /// has passed, as long as it has not failed a scan before. Else, changes nothing when the job is over already, and throws
    /// `lostJob` when it is not any more as this process has claimed it.
    ///
    /// Returns the attachment as it is then, nil when it was deleted meanwhile; from the trash it is purged where something was found.
    package func failScan(
        attachmentID: UUID,
        reason: String,
        isFinding: Bool,
        job: Job,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let (webhooks, token) = (webhooks, runnerToken)
        return try await write(changing: .attachment(attachmentID)) { db in
            guard let found = try Attachment.fetch(db, id: attachmentID) else {
                // It had passed by another's word, and was deleted: a restoration would hand it out.
                if isFinding { _ = try db.purgeTrash(ids: [attachmentID.text], by: nil, because: .infected, at: date) }
                return nil
            }
            let isThere = try db.hasScan(job, attachmentID: attachmentID)
            guard found.hold != .infected, isThere || isFinding else { return found }
            if !isFinding { try db.requireClaim(of: job, owner: token) }
            if isThere { try db.endJob(id: job.id, outcome: .failed, error: reason, at: date) }
            try db.run(
                sql: "UPDATE attachment SET hold = 'infected', status = 'failed', failure_reason = ? WHERE id = ?",
                arguments: [reason, attachmentID.text]
            )
            try db.cancelJobs(ofAttachments: [attachmentID.text], because: .infected, at: date)
            try db.deleteRenditions(attachmentID: attachmentID)
            try db.run(
                sql: """
                    UPDATE old_place SET state = ?, touched_at = NULL, changed_at = ?
                    WHERE attachment_id = ? AND state IN ('waiting', 'moved', 'replaced')
                    """,
                arguments: [
                    (job.isOfMigrated ? OldPlace.State.replaced : .deleted).rawValue, date.milliseconds,
                    attachmentID.text,
                ]
            )
            let kept = try db.sourceKeys(among: found.objectKeys)
            let doomed = found.objectKeys.filter { !kept.contains($0) }
            try db.enqueueDeletion(of: doomed, userID: found.uploadedBy, at: date)
            if !kept.contains(found.objectKey) {
                let words = isFinding ? "a scanner found something in it" : "it is larger than the scanner takes"
                let cause: PurgeCause = isFinding ? .infected : .scanTooLarge
                try found.purge(because: cause, "Purged \(found.fileName): \(words)", at: date).insert(db)
            }
            let failed = try Attachment.fetch(db, id: attachmentID)
            if let failed { try db.recordEvent(.failed, of: failed, at: date, for: webhooks) }
            return failed
        }
    }

    /// Fails a file that waits for its scan and whose object is not in the storage, and ends the scan: the history says why.
    ///
    /// It is still held: what is found again later has no URL before it has passed. A scan that is asked for again goes on then.
    ///
    /// Answers whether it changed anything: not where the job is over already, the attachment has another key by now, or an old place has
    /// the file.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it. Then nothing changes.
    package func failScan(
        ofMissing attachmentID: UUID,
        objectKey: String,
        job: Job,
        at date: Date = Date()
    ) async throws(CatalogError) -> Bool {
        let (webhooks, token) = (webhooks, runnerToken)
        return try await write(changing: .attachment(attachmentID)) { db in
            guard try db.hasScan(job, attachmentID: attachmentID) else { return false }
            try db.requireClaim(of: job, owner: token)
            try db.run(
                sql: """
                    UPDATE attachment SET status = 'failed', failure_reason = 'object_missing'
                    WHERE id = ?1 AND object_key = ?2 AND hold = 'scan' AND NOT EXISTS (
                        SELECT 1 FROM old_place WHERE object_key = ?2 AND state IN ('waiting', 'moved')
                    )
                    """,
                arguments: [attachmentID.text, objectKey]
            )
            guard db.changesCount > 0, let failed = try Attachment.fetch(db, id: attachmentID) else { return false }
            try db.cancelJobs(ofAttachments: [attachmentID.text], kinds: [.scan], because: .missing, at: date)
            try db.recordEvent(.failed, of: failed, at: date, for: webhooks)
            return true
        }
    }
}

extension Job {
    /// Whether it is the scan of an attachment that came with a migration: only those are of low priority.
    package var isOfMigrated: Bool { kind == .scan && priority == .low }
}

extension Database {
    /// Queues the scan of a file that came with a migration: nobody waits for it.
    func enqueueScan(ofMigrated id: UUID, at date: Date) throws {
        _ = try enqueue(.scan, attachmentID: id, at: date, priority: .low)
    }

    /// Queues the scan of a file of which nothing tells any more what its scan was.
    ///
    /// What has, or had, an old place counts as brought by a migration: what is refused stays there, for it may be the only copy. So does
    /// an upload that moved with its storage, of which the place of before then keeps a file for as long as the attachment is there.
    func enqueueScan(ofFound id: UUID, at date: Date) throws {
        let mayBeMigrated = try exists("SELECT 1 FROM old_place WHERE attachment_id = ?", [id.text])
        _ = try enqueue(.scan, attachmentID: id, at: date, priority: mayBeMigrated ? .low : .ordinary)
    }

    /// Has the scan of a file that has been moved due at once, where it was put off.
    ///
    /// A scanner that fetches files could not be given one in a folder. Its pauses grow anew from here on, for the file was not what was
    /// wrong. Of a rendition nothing happens: it is not what is scanned.
    func hastenScan(ofOriginal key: String, at date: Date) throws {
        try run(
            sql: """
                UPDATE job SET run_after = ?, delays = 0, last_error = NULL
                WHERE attachment_id = (SELECT id FROM attachment WHERE object_key = ?)
                    AND kind = 'scan' AND leased = 0 AND run_after > ?
                """,
            arguments: [date.milliseconds, key, date.milliseconds]
        )
    }

    /// Whether the attachment's original is still in an old place.
    func isOriginalWaiting(attachmentID id: UUID?) throws -> Bool {
        guard let id else { return false }
        return try exists(
            """
            SELECT 1 FROM attachment JOIN old_place USING (object_key)
            WHERE attachment.id = ? AND old_place.state = 'waiting'
            """,
            [id.text]
        )
    }

    /// Ends the hold of what came with a migration; nil where it was deleted.
    fileprivate func passMigrated(
        _ id: UUID,
        at date: Date,
        for webhooks: WebhookTargets,
        where lacksMediaWork: (Attachment) -> Bool
    ) throws -> Attachment? {
        try run(
            sql: """
                UPDATE attachment SET
                    hold = NULL, failure_reason = nullif(failure_reason, 'object_missing'),
                    status = iif(status = 'failed' AND failure_reason IS NOT 'object_missing', 'failed', 'ready')
                WHERE id = ?
                """,
            arguments: [id.text]
        )
        guard let attachment = try Attachment.fetch(self, id: id) else { return nil }
        try queueMediaWork(ofMigrated: id, at: date, where: lacksMediaWork)
        if attachment.status == .ready { try recordEvent(.ready, of: attachment, at: date, for: webhooks) }
        return attachment
    }

    /// Holds what was looked through against the known digest, or keeps its own where none is known.
    fileprivate func requireScanned(_ sha256: String, attachmentID: UUID) throws {
        let sql = "SELECT stored_sha256 FROM attachment WHERE id = ?"
        guard let row = try row(sql: sql, arguments: [attachmentID.text]) else { return }
        let known: String? = try row.value("stored_sha256")
        guard known == nil || known == sha256 else {
            throw CatalogError(
                code: .digestMismatch,
                message: "the scan was of other bytes than the attachment's digest"
            )
        }
        try run(
            sql: "UPDATE attachment SET stored_sha256 = ? WHERE id = ?",
            arguments: [sha256, attachmentID.text]
        )
    }

    /// Queues the scan as claimed by the caller until the lease is over.
    func enqueueScan(of attachment: Attachment, at date: Date, leaseUntil: Date, owner: String) throws -> Job {
        try enqueue(
            .scan,
            attachmentID: attachment.id,
            userID: attachment.uploadedBy,
            at: date,
            leaseUntil: leaseUntil,
            owner: owner
        )
    }

    /// Whether the scan is not over, whoever has it.
    fileprivate func hasScan(_ job: Job, attachmentID: UUID) throws -> Bool {
        try exists(
            "SELECT 1 FROM job WHERE id = ? AND attachment_id = ? AND kind = 'scan'",
            [job.id, attachmentID.text]
        )
    }
}
