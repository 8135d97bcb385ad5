package import Foundation
import GRDB

/// What became of the wish to end an attachment's URLs.
package enum RevocationRequest: Sendable, Equatable {
    /// The job is queued, and claimed by the caller.
    case begun(Job)
    /// Such a job was there already; it is due at once, or somebody works on it.
    case alreadyQueued
    /// There is no such attachment.
    case noAttachment
}

/// How the end of an attachment's URLs came out.
package enum RevocationOutcome: Sendable, Equatable {
    /// The attachment refers to the copies; the job deletes the objects of before.
    case swapped(Attachment, deletion: Job)
    /// The attachment's objects are others by now: the copies are going to be deleted, and the job is still there.
    case changedMeanwhile
    /// The attachment is gone, and the copies are going to be deleted.
    case attachmentGone
    /// There was no copy, for there was no object; the job is done.
    case nothingToMove
}

extension Catalog {
    /// Queues the end of an attachment's URLs, as claimed by the caller until the lease is over.
    package func requestRevocation(
        attachmentID: UUID,
        at date: Date = Date(),
        leaseUntil: Date = Date(timeIntervalSinceNow: Job.leaseDuration)
    ) async throws(CatalogError) -> RevocationRequest {
        let token = runnerToken
        return try await write { db in
            guard try db.exists("SELECT 1 FROM attachment WHERE id = ?", [attachmentID.text]) else {
                return .noAttachment
            }
            let isQueued = try db.exists(
                "SELECT 1 FROM job WHERE attachment_id = ? AND kind = 'revoke'",
                [attachmentID.text]
            )
            try db.hastenPurges(attachmentIDs: [attachmentID.text], at: date)
            guard isQueued else {
                let job = try db.enqueue(
                    .revoke,
                    attachmentID: attachmentID,
                    at: date,
                    leaseUntil: leaseUntil,
                    owner: token
                )
                return .begun(job)
            }
            try db.run(
                sql: """
                    UPDATE job SET run_after = min(run_after, ?)
                    WHERE attachment_id = ? AND kind = 'revoke' AND leased = 0
                    """,
                arguments: [date.milliseconds, attachmentID.text]
            )
            return .alreadyQueued
        }
    }

    /// Puts copies in the place of an attachment's objects, if those are still the ones that were copied.
    ///
    /// One transaction: the keys change, the copies' intents leave, the deletion of the objects of before is queued, the
    /// revocation's job is over, and what was left for those who had URLs of it goes at once. Media work under way began with the
    /// object of before, so it is queued anew, and what it brings is refused. `copies` leads from each key of `attachment` to that of its copy.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it, or is gone, `missingIntent` when an intent
    /// is not this process's any more: the copy may be gone, and the object of before must not go. Then nothing changes.
    package func finishRevocation(
        of attachment: Attachment,
        copies: [String: String],
        job: Job,
        at date: Date = Date()
    ) async throws(CatalogError) -> RevocationOutcome {
        let token = runnerToken
        return try await write(changing: .attachment(attachment.id)) { db in
            let copyKeys = copies.values.sorted()
            let covered = try db.takeOutIntents(objectKeys: copyKeys, owner: token)
            guard let current = try Attachment.fetch(db, id: attachment.id) else {
                try db.enqueueDeletion(of: covered, at: date)
                try db.enqueueDeletion(ofLost: copyKeys.filter { !covered.contains($0) }, at: date)
                return .attachmentGone
            }
            try db.requireClaim(of: job, owner: token)
            try db.requireIntents(covered, for: copyKeys)
            guard !copies.isEmpty else {
                try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
                try db.hastenPurges(attachmentIDs: [attachment.id.text], at: date)
                return .nothingToMove
            }
            // Of an object that waits in its old place the storage may have no copy, or an old one.
            guard current.objectKeys == attachment.objectKeys, current.waitingPlaces.isEmpty else {
                try db.enqueueDeletion(of: covered, at: date)
                return .changedMeanwhile
            }
            try db.replacePlaces(attachmentID: attachment.id, objectKeys: Array(copies.keys), at: date)
            for (old, new) in copies {
                try db.run(sql: "UPDATE attachment SET object_key = ? WHERE object_key = ?", arguments: [new, old])
                try db.run(sql: "UPDATE rendition SET object_key = ? WHERE object_key = ?", arguments: [new, old])
            }
            try db.requeueMediaWork(
                ofAttachment: attachment.id,
                because: "The objects were moved meanwhile: the work is queued anew.",
                at: date
            )
            try db.endJob(id: job.id, outcome: .done, error: nil, at: date)
            try db.hastenPurges(attachmentIDs: [attachment.id.text], at: date)
            let deletion = try db.enqueue(
                .purge,
                userID: current.uploadedBy,
                objectKeys: copies.keys.sorted(),
                at: date
            )
            guard let swapped = try Attachment.fetch(db, id: attachment.id) else {
                throw CatalogError(code: .other, message: "the attachment is not there after its change")
            }
            return .swapped(swapped, deletion: deletion)
        }
    }

    /// Has an attachment's media work done again, and returns the attachment as it is then; nil where there is none.
    ///
    /// Where the work is still to be done, or the attachment is held back, nothing changes. What was made before stays until the new
    /// is there; where that comes to nothing, one that was ready is so again.
    package func requestProcessing(attachmentID: UUID, at date: Date = Date()) async throws(CatalogError) -> Attachment?
    {
        try await write(changing: .attachment(attachmentID)) { db in
            let isQueued = try db.exists(
                "SELECT 1 FROM job WHERE attachment_id = ? AND kind IN ('process', 'import')",
                [attachmentID.text]
            )
            if !isQueued, try db.exists("SELECT 1 FROM attachment WHERE id = ? AND hold IS NULL", [attachmentID.text]) {
                let stage = try db.stageOfRepetition(of: attachmentID)
                try db.run(
                    sql: "UPDATE attachment SET status = 'processing', failure_reason = NULL WHERE id = ?",
                    arguments: [attachmentID.text]
                )
                _ = try db.enqueue(.process, attachmentID: attachmentID, at: date, stage: stage)
            }
            try db.hastenProcessing(attachmentID: attachmentID)
            return try Attachment.fetch(db, id: attachmentID)
        }
    }
}

extension Database {
    /// Gives the attachment's media work that could wait the place of one that somebody waits for.
    fileprivate func hastenProcessing(attachmentID: UUID) throws {
        try run(
            sql: "UPDATE job SET kind = 'process', priority = 0 WHERE attachment_id = ? AND kind = 'import'",
            arguments: [attachmentID.text]
        )
        guard changesCount > 0 else { return }
        try run(
            sql: "UPDATE attachment SET status = 'processing', failure_reason = NULL WHERE id = ?",
            arguments: [attachmentID.text]
        )
    }
}
