package import Foundation
import GRDB

extension Catalog {
    /// Stores what the media work found, sets the status ready, and removes the processing job.
    ///
    /// The intents under which the renditions were stored leave in the same transaction. The deletion of every earlier
    /// picture whose object is not among the new ones is queued, but for those of `outcome.earlierPictures` that there are no new ones
    /// of; what jobs of their own made stays, unless there is a new picture of the name, and those jobs are queued for what is missing of
    /// `outcome.requests`, at the priority of the processing job.
    ///
    /// Changes nothing else when the job is over already, and returns the attachment as it is; nil when that was
    /// deleted meanwhile. The deletion of renditions of this process that no row refers to is then queued, also of those whose
    /// intents another has taken.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it, `missingIntent` when an intent is not
    /// this process's any more: its object may be gone. Then nothing changes.
    package func finishProcessing(
        attachmentID: UUID,
        outcome: MediaOutcome,
        job: Job,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let keys = outcome.renditions.map(\.objectKey)
        let webhooks = webhooks
        let token = runnerToken
        return try await write(changing: .attachment(attachmentID)) { db in
            let earlier = try Attachment.fetch(db, id: attachmentID)
            let covered = try db.takeOutIntents(objectKeys: keys, owner: token)
            guard let earlier, try db.hasProcessingJob(id: job.id, attachmentID: attachmentID) else {
                try db.enqueueDeletion(ofUnreferenced: covered, at: date)
                try db.enqueueDeletion(ofLost: keys.filter { !covered.contains($0) }, at: date)
                return earlier
            }
            try db.requireClaim(of: job, owner: token)
            try db.requireIntents(covered, for: keys)
            // Somebody may have asked for work that nobody waited for when it was begun.
            let priority = try db.job(id: job.id)?.priority ?? job.priority
            let kept = outcome.keptPictures(of: earlier)
            let isKept = !kept.isEmpty
            try db.endJob(
                id: job.id,
                outcome: .done,
                error: isKept ? outcome.earlierPictures?.reason : nil,
                at: date
            )
            if let type = outcome.type {
                // A kind that was told by the content stays.
                try db.run(
                    sql: "UPDATE attachment SET file_type = ?, mime_type = ? WHERE id = ? AND file_type = 'other'",
                    arguments: [type.kind.rawValue, type.mediaType, attachmentID.text]
                )
            }
            try db.setFacts(outcome.facts, attachmentID: attachmentID)
            try db.run(
                sql: """
                    UPDATE attachment
                    SET status = 'ready', failure_reason = ?, placeholder = coalesce(?, CASE WHEN ? THEN placeholder END)
                    WHERE id = ?
                    """,
                arguments: [isKept ? nil : outcome.pictureFailure, outcome.placeholder, isKept, attachmentID.text]
            )
            // What a job of its own made under the name of a new one was made by an earlier configuration: each name is there once.
            let names = Set(outcome.renditions.map(\.name))
            let pictures = earlier.renditions.filter {
                !$0.isMadeLater && !kept.contains($0.name) || names.contains($0.name)
            }
            try db.deleteRenditions(attachmentID: attachmentID, names: pictures.map(\.name))
            let earlierKeys = pictures.map(\.objectKey)
            try db.replacePlaces(attachmentID: attachmentID, objectKeys: earlierKeys, at: date)
            try db.insertRenditions(outcome.renditions, attachmentID: attachmentID)
            try db.enqueueDeletion(ofUnreferenced: earlierKeys, at: date)
            try db.enqueueRenditions(
                outcome.requests,
                attachmentID: attachmentID,
                priority: priority,
                at: date
            )
            let ready = try Attachment.fetch(db, id: attachmentID)
            if let ready { try db.recordEvent(.ready, of: ready, at: date, for: webhooks) }
            return ready
        }
    }

    /// Sets the status failed with the reason, keeps the facts that were found all the same, and removes the job.
    ///
    /// An attachment that was ready before the work was to be done again stays so, with all that was known and made of it, and nobody is
    /// told of a failure: only the history says that the job came to nothing.
    ///
    /// Changes nothing when the job is over already, and returns the attachment as it is; nil when that was deleted
    /// meanwhile. The reason must not be empty. Without facts the earlier ones stay. That the object is missing stays the reason where it was
    /// found to be, and the work only came to nothing. The history keeps how the job ended, and why:
    /// the error, or where there is none the reason.
    ///
    /// Throws `lostJob` when the job is not any more as this process has claimed it: how it ends is another's to say. Then nothing changes.
    package func failProcessing(
        attachmentID: UUID,
        reason: String,
        facts: MediaFacts?,
        job: Job,
        outcome: JobOutcome = .failed,
        error: String? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let webhooks = webhooks
        let token = runnerToken
        return try await write(changing: .attachment(attachmentID)) { db in
            guard try db.hasProcessingJob(id: job.id, attachmentID: attachmentID) else {
                return try Attachment.fetch(db, id: attachmentID)
            }
            try db.requireClaim(of: job, owner: token)
            let row = try db.job(id: job.id)
            try db.endJob(id: job.id, outcome: outcome, error: error ?? reason, at: date)
            if let row, try db.keepReady(attachmentID, after: row) {
                return try Attachment.fetch(db, id: attachmentID)
            }
            if let facts {
                try db.setFacts(facts, attachmentID: attachmentID)
            }
            try db.run(
                sql: """
                    UPDATE attachment SET status = 'failed', failure_reason = iif(
                        failure_reason IS 'object_missing' AND ?1 = 'processing_failed', failure_reason, ?1
                    )
                    WHERE id = ?2
                    """,
                arguments: [reason, attachmentID.text]
            )
            let failed = try Attachment.fetch(db, id: attachmentID)
            if let failed { try db.recordEvent(.failed, of: failed, at: date, for: webhooks) }
            return failed
        }
    }
}

extension Database {
    fileprivate func hasProcessingJob(id: Int64, attachmentID: UUID) throws -> Bool {
        try exists(
            "SELECT 1 FROM job WHERE id = ? AND attachment_id = ? AND kind IN ('process', 'import')",
            [id, attachmentID.text]
        )
    }

    func enqueueDeletion(ofUnreferenced keys: [String], at date: Date) throws {
        guard !keys.isEmpty else { return }
        let referenced = try referencedObjectKeys(among: keys)
        try enqueueDeletion(of: keys.filter { !referenced.contains($0) }, at: date)
    }

    func setFacts(_ facts: MediaFacts, attachmentID: UUID) throws {
        let values: [DatabaseValue] = [
            facts.durationMilliseconds.databaseValue,
            facts.width.databaseValue,
            facts.height.databaseValue,
            facts.bitrate.databaseValue,
            facts.frameRate.databaseValue,
            facts.isVariableFrameRate.databaseValue,
            facts.frameCount.databaseValue,
            facts.codec.databaseValue,
            facts.audioCodec.databaseValue,
            facts.sampleRate.databaseValue,
            facts.channels.databaseValue,
            facts.rotation.databaseValue,
            facts.hasAlpha.databaseValue,
            facts.isAnimated.databaseValue,
            (facts.hdrTransfer?.rawValue).databaseValue,
            facts.capturedAt.databaseValue,
            attachmentID.text.databaseValue,
        ]
        try run(
            sql: """
                UPDATE attachment
                SET duration_ms = ?, width = ?, height = ?, bitrate = ?, frame_rate = ?, is_variable_frame_rate = ?,
                    frame_count = ?, codec = ?, audio_codec = ?, sample_rate = ?, channels = ?, rotation = ?,
                    has_alpha = ?, is_animated = ?, hdr_transfer = ?, captured_at = ?
                WHERE id = ?
                """,
            arguments: StatementArguments(values)
        )
    }
}
