package import Foundation
import GRDB

extension Catalog {
    /// Stores what the media work found, sets the status ready, and removes the processing job.
    ///
    /// The intents under which the renditions were stored leave in the same transaction. The deletion of every earlier
    /// picture whose object is not among the new ones is queued; what jobs of their own made stays, and those jobs are
    /// queued for what is missing of `outcome.requests`.
    ///
    /// Changes nothing else when the job is over already, and returns the attachment as it is; nil when that was
    /// deleted meanwhile. The deletion of renditions that no row refers to is then queued.
    package func finishProcessing(
        attachmentID: UUID,
        outcome: MediaOutcome,
        jobID: Int64,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let keys = outcome.renditions.map(\.objectKey)
        let webhooks = webhooks
        return try await write(changing: .attachment(attachmentID)) { db in
            let earlier = try Attachment.fetch(db, id: attachmentID)
            try db.removeIntents(objectKeys: keys)
            guard let earlier,
                try db.endProcessingJob(
                    id: jobID,
                    attachmentID: attachmentID,
                    outcome: .done,
                    error: nil,
                    at: date
                )
            else {
                try db.enqueueDeletion(ofUnreferenced: keys, at: date)
                return earlier
            }
            try db.setFacts(outcome.facts, attachmentID: attachmentID)
            try db.run(
                sql: "UPDATE attachment SET status = 'ready', failure_reason = ?, placeholder = ? WHERE id = ?",
                arguments: [outcome.pictureFailure, outcome.placeholder, attachmentID.text]
            )
            let pictures = earlier.renditions.filter { !$0.isMadeLater }
            try db.deleteRenditions(attachmentID: attachmentID, names: pictures.map(\.name))
            let earlierKeys = pictures.map(\.objectKey)
            try db.replacePlaces(attachmentID: attachmentID, objectKeys: earlierKeys, at: date)
            try db.insertRenditions(outcome.renditions, attachmentID: attachmentID)
            try db.enqueueDeletion(ofUnreferenced: earlierKeys, at: date)
            try db.enqueueRenditions(outcome.requests, attachmentID: attachmentID, at: date)
            let ready = try Attachment.fetch(db, id: attachmentID)
            if let ready { try db.recordEvent(.ready, of: ready, at: date, for: webhooks) }
            return ready
        }
    }

    /// Sets the status failed with the reason, keeps the facts that were found all the same, and removes the job.
    ///
    /// Changes nothing when the job is over already, and returns the attachment as it is; nil when that was deleted
    /// meanwhile. The reason must not be empty. Without facts the earlier ones stay. The history keeps how the job ended, and why:
    /// the error, or where there is none the reason.
    package func failProcessing(
        attachmentID: UUID,
        reason: String,
        facts: MediaFacts?,
        jobID: Int64,
        outcome: JobOutcome = .failed,
        error: String? = nil,
        at date: Date = Date()
    ) async throws(CatalogError) -> Attachment? {
        let webhooks = webhooks
        return try await write(changing: .attachment(attachmentID)) { db in
            let isOver = try db.endProcessingJob(
                id: jobID,
                attachmentID: attachmentID,
                outcome: outcome,
                error: error ?? reason,
                at: date
            )
            guard isOver else {
                return try Attachment.fetch(db, id: attachmentID)
            }
            if let facts {
                try db.setFacts(facts, attachmentID: attachmentID)
            }
            try db.run(
                sql: "UPDATE attachment SET status = 'failed', failure_reason = ? WHERE id = ?",
                arguments: [reason, attachmentID.text]
            )
            let failed = try Attachment.fetch(db, id: attachmentID)
            if let failed { try db.recordEvent(.failed, of: failed, at: date, for: webhooks) }
            return failed
        }
    }
}

extension Database {
    /// Returns false when there is no such job: it is over, or another's.
    fileprivate func endProcessingJob(
        id: Int64,
        attachmentID: UUID,
        outcome: JobOutcome,
        error: String?,
        at date: Date
    ) throws -> Bool {
        let isThere = try exists(
            "SELECT 1 FROM job WHERE id = ? AND attachment_id = ? AND kind IN ('process', 'import')",
            [id, attachmentID.text]
        )
        return try isThere && endJob(id: id, outcome: outcome, error: error, at: date)
    }

    /// No two intents share a key, so those of these keys are the caller's own.
    func removeIntents(objectKeys keys: [String]) throws {
        guard !keys.isEmpty else { return }
        try run(
            sql: "DELETE FROM upload_intent WHERE object_key IN (SELECT value FROM json_each(?))",
            arguments: [try keyList(keys)]
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
