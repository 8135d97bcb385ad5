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
    package func passScan(
        attachmentID: UUID,
        jobID: Int64,
        needsMediaWork: Bool,
        at date: Date = Date(),
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> (attachment: Attachment, work: Job?)? {
        let (webhooks, token) = (webhooks, runnerToken)
        return try await write(changing: .attachment(attachmentID)) { db -> (attachment: Attachment, work: Job?)? in
            guard try db.endScan(jobID: jobID, attachmentID: attachmentID, error: nil, at: date) else {
                return try Attachment.fetch(db, id: attachmentID).map { ($0, nil) }
            }
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
    /// One transaction: the status is failed with the reason, the scan's job is over, the deletion of the objects is queued,
    /// and what waits in an old place is doomed. The row stays as a note. The reason must not be empty.
    ///
    /// Changes nothing when the job is over already. Returns the attachment as it is then, nil when it was deleted meanwhile.
    package func failScan(
        attachmentID: UUID,
        reason: String,
        jobID: Int64,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let webhooks = webhooks
        return try await write(changing: .attachment(attachmentID)) { db in
            let found = try Attachment.fetch(db, id: attachmentID)
            guard let found, try db.endScan(jobID: jobID, attachmentID: attachmentID, error: reason, at: date) else {
                return found
            }
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
            try db.enqueueDeletion(of: found.objectKeys, at: date)
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

    /// Returns false when there is no such job: it is over, or another's.
    fileprivate func endScan(jobID: Int64, attachmentID: UUID, error: String?, at date: Date) throws -> Bool {
        let isThere = try exists(
            "SELECT 1 FROM job WHERE id = ? AND attachment_id = ? AND kind = 'scan'",
            [jobID, attachmentID.text]
        )
        guard isThere else { return false }
        return try endJob(id: jobID, outcome: error == nil ? .done : .failed, error: error, at: date)
    }
}
