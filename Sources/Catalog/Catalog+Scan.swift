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
    /// Throws `lostJob` when the job is not any more as this process has claimed it: another looks through the file, and may find
    /// something. Then nothing changes.
    package func passScan(
        attachmentID: UUID,
        job: Job,
        needsMediaWork: Bool,
        at date: Date = Date(),
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> (attachment: Attachment, work: Job?)? {
        let (webhooks, token) = (webhooks, runnerToken)
        return try await write(changing: .attachment(attachmentID)) { db -> (attachment: Attachment, work: Job?)? in
            guard try db.hasScan(job, attachmentID: attachmentID) else {
                return try Attachment.fetch(db, id: attachmentID).map { ($0, nil) }
            }
            try db.requireClaim(of: job, owner: token)
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
            let status: AttachmentStatus = needsMediaWork ? .processing : .ready
            try db.run(
                sql: "UPDATE attachment SET hold = NULL, status = ? WHERE id = ?",
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
                    UPDATE old_place SET state = 'deleted', touched_at = NULL, changed_at = ?
                    WHERE attachment_id = ? AND state IN ('waiting', 'moved', 'replaced')
                    """,
                arguments: [date.milliseconds, attachmentID.text]
            )
            try db.enqueueDeletion(of: found.objectKeys, userID: found.uploadedBy, at: date)
            let words = isFinding ? "a scanner found something in it" : "it is larger than the scanner takes"
            let cause: PurgeCause = isFinding ? .infected : .scanTooLarge
            try found.purge(because: cause, "Purged \(found.fileName): \(words)", at: date).insert(db)
            let failed = try Attachment.fetch(db, id: attachmentID)
            if let failed { try db.recordEvent(.failed, of: failed, at: date, for: webhooks) }
            return failed
        }
    }
}

extension Database {
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
